namespace Anocir.Platform.Criu;

/// <summary>criu_cg_mode of CRIU's rpc.proto: what a restore does with the cgroups that the images tell of.</summary>
public enum CgroupsMode
{
    Ignore = 0,
    /// <summary>Make those that are missing, and set their properties.</summary>
    Soft = 3,
    /// <summary>Set the properties of those that are there, too.</summary>
    Full = 4,
    /// <summary>Fail when one is there already.</summary>
    Strict = 5,
    /// <summary>CRIU's own choice, which is soft.</summary>
    Default = 6,
}
