using Xunit;

namespace Anocir.Engines.Tests.Running;

/// <summary>Where the engines' programs are: the distribution's own before anything else.</summary>
public static class Programs
{
    /// <summary>The search path given to the daemons as well, so that they and the tests mean the same programs.</summary>
    public const string SearchPath = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin";

    /// <summary>The program's full path, or null where it is not installed.</summary>
    public static string? Find(string name) =>
        SearchPath.Split(':').Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    /// <summary>Why the engine cannot be run here, or null when it can.</summary>
    public static string? WhyNot(params string[] programs)
    {
        if (!Environment.IsPrivilegedProcess)
            return "the engines' daemons need root";
        if (!File.Exists(RuntimeUnderTest.Path))
            return $"the runtime under test, {RuntimeUnderTest.Path}, is not there: build it, or name another in RUNTIME";
        var missing = programs.Where(program => Find(program) is null).ToArray();
        return missing.Length == 0 ? null : $"not installed: {string.Join(", ", missing)}";
    }

    /// <summary>The program's full path; skips the test where it is not installed.</summary>
    public static string Require(string name)
    {
        var path = Find(name);
        Skip.If(path is null, $"{name} is not installed");
        return path!;
    }
}
