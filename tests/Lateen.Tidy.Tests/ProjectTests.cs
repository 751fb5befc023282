using System.Xml.Linq;

namespace Lateen.Tidy.Tests;

/// <summary>References between projects point one way, and every test folder has its source.</summary>
public sealed class ProjectTests
{
    /// <summary>For each project those that it may name, beside what these may name themselves.</summary>
    private static readonly Dictionary<string, string[]> _allowed = new()
    {
        ["Core"] = [],
        ["Xds.Api"] = [],
        ["Istio.Api"] = [],
        ["Net"] = ["Core"],
        ["Http"] = ["Core"],
        ["Security"] = ["Core"],
        ["Grpc"] = ["Core", "Http"],
        ["Xds"] = ["Core", "Grpc", "Xds.Api"],
        ["Kubernetes"] = ["Core"],
        ["Galley"] = ["Core", "Kubernetes", "Istio.Api", "Security"],
        ["Pilot"] = ["Galley", "Xds", "Xds.Api", "Security"],
        ["Citadel"] = ["Galley", "Grpc", "Istio.Api", "Security"],
        ["Injector"] = ["Galley"],
        ["ControlPlane"] = ["Pilot", "Citadel", "Galley", "Injector"],
        ["Capture"] = ["Core"],
        ["Proxy"] = ["Net", "Http", "Xds", "Xds.Api", "Istio.Api", "Security"],
        ["Agent"] = ["Proxy", "Grpc", "Istio.Api", "Security"],
        ["Local"] = ["Galley", "Injector", "Capture", "Kubernetes", "Citadel", "Security"],
        ["Native"] = ["Agent", "Capture"],
        ["Cli"] = ["ControlPlane", "Agent", "Local", "Proxy", "Capture", "Injector", "Galley", "Pilot"],
    };

    [Fact]
    public void References_OfProjects_PointOneWay()
    {
        var wrong = from file in Repository.Files
                    where file.StartsWith("src/", StringComparison.Ordinal)
                    where file.EndsWith(".csproj", StringComparison.Ordinal)
                    let name = Path.GetFileNameWithoutExtension(file)["Lateen.".Length..]
                    let allowed = _allowed.TryGetValue(name, out var list) ? Closure(list) : []
                    from reference in References(file)
                    where !allowed.Contains(reference)
                    select $"{name} may not reference {reference}";

        Finding.AssertNone(wrong);
    }

    [Fact]
    public void DataPlane_Closure_HoldsNoControlPlane()
    {
        string[] controlPlane = ["Galley", "Pilot", "Citadel", "Injector", "ControlPlane", "Kubernetes"];

        Finding.AssertNone(Closure(["Native", "Agent", "Proxy"]).Intersect(controlPlane));
    }

    [Fact]
    public void TestFolders_Each_HasItsSource()
    {
        string[] apart =
        [
            "TestKit", "Simulation.Tests", "Conformance.Tests", "EndToEnd.Tests", "Tidy.Tests", "Bookinfo.Tests",
        ];
        var missing = from folder in Directory.GetDirectories(Path.Combine(Repository.Root, "tests"), "Lateen.*")
                      let name = Path.GetFileName(folder)["Lateen.".Length..]
                      where !apart.Contains(name)
                      let source = $"Lateen.{name[..^".Tests".Length]}"
                      where !Directory.Exists(Path.Combine(Repository.Root, "src", source))
                      select folder;

        Finding.AssertNone(missing);
    }

    private static HashSet<string> Closure(IEnumerable<string> names)
    {
        var found = new HashSet<string>();
        var open = new Stack<string>(names);
        while (open.TryPop(out var name))
        {
            if (found.Add(name))
            {
                Array.ForEach(_allowed[name], open.Push);
            }
        }

        return found;
    }

    private static IEnumerable<string> References(string project)
    {
        return from element in XDocument.Parse(Repository.Read(project)).Descendants("ProjectReference")
               let path = element.Attribute("Include")!.Value
               select Path.GetFileNameWithoutExtension(path)["Lateen.".Length..];
    }
}
