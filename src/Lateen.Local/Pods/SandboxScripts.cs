namespace Lateen.Local.Pods;

/// <summary>
/// What is done inside a pod's namespaces before its programs start, as shell: the tools for mounts are there already,
/// and a script can be read and tried by hand. All values come in as arguments.
/// </summary>
internal static class SandboxScripts
{
    /// <summary>
    /// Holds the pod's namespaces. Arguments: the pod's folder, its host name, then folders that must be reachable
    /// whatever the way to them permits; the n-th becomes <c>/run/lateen/bin{n}</c>. Says <c>ready</c> and stays.
    /// </summary>
    public const string Hold = """
        set -e
        pod=$1; hostname "$2"; shift 2
        mkdir -p "$pod/run/lock" "$pod/run/lateen/pod" "$pod/volumes"
        n=0
        for folder in "$@"; do
          mkdir -p "$pod/run/lateen/bin$n"
          mount --bind "$folder" "$pod/run/lateen/bin$n"
          n=$((n+1))
        done
        mount --bind "$pod" "$pod/run/lateen/pod"
        mount --rbind "$pod/run" /run
        for name in resolv.conf hosts; do
          file=$(readlink -m "/etc/$name")
          case "$file" in
            /run/*) mkdir -p "$(dirname "$file")"; cp "/run/lateen/pod/$name" "$file" ;;
            *) [ -e "$file" ] && mount --bind "/run/lateen/pod/$name" "$file" ;;
          esac
        done
        echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start
        echo ready
        exec sleep infinity
        """;

    /// <summary>
    /// Mounts a container's volumes in a mount namespace of its own and becomes its program. Arguments: the number of
    /// mounts; for each source, place and ro or rw; then the program's words. A place that the machine does not have is
    /// made in an overlay, so that the machine's own files stay as they are.
    /// </summary>
    public const string Contain = """
        set -e
        ours=
        place() {
          to=$(readlink -m "$1")
          [ -d "$to" ] && return 0
          at=$to
          while [ ! -d "$at" ]; do at=$(dirname "$at"); done
          made=
          for o in $ours /run; do case "$at/" in "$o/"*) made=1 ;; esac; done
          if [ -z "$made" ]; then
            [ "$at" = / ] && {
              echo "mount path $1: this machine has no such folder, and none can be made in /" >&2
              exit 1
            }
            layer=$(mktemp -d -p /run/lateen)
            mkdir "$layer/upper" "$layer/work"
            chmod --reference="$at" "$layer/upper"
            chown --reference="$at" "$layer/upper"
            # An overlay shows what lies below other mounts, so the pod's own files go into its upper layer.
            [ "$at" = /etc ] && cp /run/lateen/pod/resolv.conf /run/lateen/pod/hosts "$layer/upper/"
            options="lowerdir=$at,upperdir=$layer/upper,workdir=$layer/work"
            if ! mount -t overlay overlay -o "$options" "$at" 2>/dev/null; then
              # A user namespace gets no overlay over a folder with mounts of the machine's in it (a container's
              # /etc/hosts): a folder of links to the machine's files does as well.
              chmod 755 "$layer"
              mkdir "$layer/lower"
              mount --rbind "$at" "$layer/lower"
              for entry in "$at"/* "$at"/.[!.]*; do
                link="$layer/upper/${entry##*/}"
                if [ -e "$entry" ] && [ ! -e "$link" ]; then ln -s "$layer/lower/${entry##*/}" "$link"; fi
              done
              mount --bind "$layer/upper" "$at"
            fi
            ours="$ours $at"
          fi
          mkdir -p "$to"
        }
        mounts=$1; shift
        while [ "$mounts" -gt 0 ]; do
          if [ -d "$1" ]; then place "$2"; elif [ ! -e "$2" ]; then place "$(dirname "$2")"; : > "$2"; fi
          mount --bind "$1" "$2"
          [ "$3" = ro ] && mount -o remount,bind,ro "$2"
          shift 3; mounts=$((mounts-1))
        done
        exec "$@"
        """;
}
