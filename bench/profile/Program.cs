using Lateen.Profile;

// lateen-profile OUTPUT ASSEMBLIES TEXT...: the profile of a folder's own assemblies out of what runs of them counted.
// Of several runs that saw a method the first one counts.
if (args.Length < 3)
{
    Console.Error.WriteLine("usage: lateen-profile OUTPUT FOLDER COUNTS...");
    return 2;
}

var table = new MethodTable();
foreach (var file in Directory.GetFiles(args[1], "?ateen*.dll").Order(StringComparer.Ordinal))
{
    table.Add(file);
}

var writer = new ProfileWriter(table);
var known = new HashSet<(string, string)>();
var (used, foreign) = (0, 0);
foreach (var method in args[2..].SelectMany(ProfileText.Read).Where(method => method.WasCalled))
{
    if (!known.Add((method.Name, method.Signature)))
    {
        continue;
    }

    if (table.Find(method) is { } entry)
    {
        writer.Add(entry, method);
        used++;
    }
    else
    {
        foreign++;
    }
}

writer.Save(args[0]);
Console.WriteLine($"{args[0]}: {used} methods; {foreign} are generic or of other assemblies");
return 0;
