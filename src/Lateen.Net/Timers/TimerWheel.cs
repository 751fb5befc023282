using System.Numerics;

namespace Lateen.Net;

/// <summary>
/// All timers of one loop, in four wheels of 256 slots: milliseconds, 256 ms, 65.5 s and 4.7 h per slot. Starting and
/// stopping cost a few stores; time is told from outside, so tests turn it as they like.
/// </summary>
public sealed class TimerWheel
{
    private const int LevelCount = 4;
    private const int SlotCount = 256;

    private readonly TimerNode?[] _slots = new TimerNode?[LevelCount * SlotCount];
    private readonly ulong[] _occupied = new ulong[LevelCount * SlotCount / 64];

    /// <summary>Makes an empty wheel that stands at <paramref name="nowMillis"/>.</summary>
    public TimerWheel(long nowMillis)
    {
        NowMillis = nowMillis;
    }

    /// <summary>Where the wheel stands, in milliseconds of the loop's clock.</summary>
    public long NowMillis { get; private set; }

    /// <summary>Timers in the slots, also stopped ones that were not removed.</summary>
    public int Count { get; private set; }

    /// <summary>Turns the wheel forward and fires what is due, in order of deadlines.</summary>
    public void Advance(long nowMillis)
    {
        while (NowMillis < nowMillis)
        {
            if (Count == 0)
            {
                NowMillis = nowMillis;
                return;
            }

            var boundary = (NowMillis | (SlotCount - 1)) + 1;
            var last = Math.Min(nowMillis, boundary - 1);
            var slot = FirstOccupied(0, (int)(NowMillis & 255) + 1);
            if (slot >= 0 && (boundary - SlotCount) + slot <= last)
            {
                NowMillis = boundary - SlotCount + slot;
                Fire(slot);
                continue;
            }

            NowMillis = last;
            if (last < nowMillis)
            {
                NowMillis = boundary;
                Cascade();
                Fire(0);
            }
        }
    }

    /// <summary>Milliseconds until the wheel must be turned again, or -1 when it is empty.</summary>
    public int NextDelay()
    {
        if (Count == 0)
        {
            return -1;
        }

        var best = long.MaxValue;
        for (var level = 0; level < LevelCount; level++)
        {
            var shift = level * 8;
            var position = (NowMillis >> shift) & 255;
            var start = (NowMillis >> shift) - position;
            var slot = FirstOccupied(level, (int)position + 1);
            if (slot < 0)
            {
                slot = FirstOccupied(level, 0);
                start += SlotCount;
            }

            if (slot >= 0)
            {
                best = Math.Min(best, (start + slot) << shift);
            }
        }

        return best == long.MaxValue ? -1 : (int)Math.Clamp(best - NowMillis, 0, int.MaxValue);
    }

    internal void Schedule(TimerNode timer, long deadlineMillis)
    {
        timer.DeadlineMillis = deadlineMillis;
        if (timer.SlotIndex >= 0)
        {
            if (timer.SlotMillis - (uint)NowMillis <= deadlineMillis - NowMillis)
            {
                return;
            }

            Remove(timer);
        }

        Insert(timer);
    }

    internal void Remove(TimerNode timer)
    {
        var index = timer.SlotIndex;
        if (index < 0)
        {
            return;
        }

        if (timer.Previous is { } previous)
        {
            previous.Next = timer.Next;
        }
        else
        {
            _slots[index] = timer.Next;
            if (timer.Next is null)
            {
                _occupied[index >> 6] &= ~(1UL << (index & 63));
            }
        }

        if (timer.Next is { } next)
        {
            next.Previous = timer.Previous;
        }

        timer.Next = null;
        timer.Previous = null;
        timer.SlotIndex = -1;
        Count--;
    }

    private void Insert(TimerNode timer)
    {
        var deadline = Math.Max(timer.DeadlineMillis, NowMillis + 1);
        var distance = deadline - NowMillis;
        var level = 0;
        while (level < LevelCount - 1 && distance >= 1L << ((level + 1) * 8))
        {
            level++;
        }

        if (distance >= 1L << (LevelCount * 8))
        {
            deadline = NowMillis + (1L << (LevelCount * 8)) - 1;
        }

        var index = (level * SlotCount) + (int)((deadline >> (level * 8)) & 255);
        timer.SlotMillis = (uint)((deadline >> (level * 8)) << (level * 8));
        timer.SlotIndex = index;
        timer.Previous = null;
        timer.Next = _slots[index];
        if (timer.Next is { } next)
        {
            next.Previous = timer;
        }

        _slots[index] = timer;
        _occupied[index >> 6] |= 1UL << (index & 63);
        Count++;
    }

    private void Cascade()
    {
        for (var level = 1; level < LevelCount; level++)
        {
            var position = (int)((NowMillis >> (level * 8)) & 255);
            Reinsert((level * SlotCount) + position);
            if (position != 0)
            {
                return;
            }
        }
    }

    private void Reinsert(int index)
    {
        while (_slots[index] is { } timer)
        {
            Remove(timer);
            if (timer.DeadlineMillis == TimerNode.Never)
            {
                continue;
            }

            if (timer.DeadlineMillis <= NowMillis)
            {
                // Due in this very millisecond: the caller fires slot 0 of the first wheel next.
                InsertNow(timer);
                continue;
            }

            Insert(timer);
        }
    }

    private void InsertNow(TimerNode timer)
    {
        var index = (int)(NowMillis & 255);
        timer.SlotIndex = index;
        timer.SlotMillis = (uint)NowMillis;
        timer.Previous = null;
        timer.Next = _slots[index];
        if (timer.Next is { } next)
        {
            next.Previous = timer;
        }

        _slots[index] = timer;
        _occupied[index >> 6] |= 1UL << (index & 63);
        Count++;
    }

    private void Fire(int slot)
    {
        while (_slots[slot] is { } timer)
        {
            Remove(timer);
            if (timer.DeadlineMillis == TimerNode.Never)
            {
                continue;
            }

            if (timer.DeadlineMillis > NowMillis)
            {
                Insert(timer);
                continue;
            }

            timer.DeadlineMillis = TimerNode.Never;
            timer.OnDue();
        }
    }

    private int FirstOccupied(int level, int from)
    {
        if (from >= SlotCount)
        {
            return -1;
        }

        var word = from >> 6;
        var bits = _occupied[(level * 4) + word] & (ulong.MaxValue << (from & 63));
        while (true)
        {
            if (bits != 0)
            {
                return (word << 6) + BitOperations.TrailingZeroCount(bits);
            }

            if (++word == 4)
            {
                return -1;
            }

            bits = _occupied[(level * 4) + word];
        }
    }
}
