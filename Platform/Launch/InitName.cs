namespace Anocir.Platform.Launch;

/// <summary>What an init is called (comm, proc(5)) until it becomes the user's program: after its end, as a zombie, nothing else tells the two apart.</summary>
public static class InitName
{
    public const string Value = "anocir-init";
}
