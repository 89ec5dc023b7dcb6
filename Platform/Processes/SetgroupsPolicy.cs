namespace Anocir.Platform.Processes;

/// <summary>What is done about the supplementary groups of the process that becomes the container's.</summary>
public enum SetgroupsPolicy : byte
{
    /// <summary>
    /// Set them, unless the user namespace denies it, as it has to where an unprivileged user wrote its gid map:
    /// engines list groups there too, taken from the image, and expect to be run.
    /// </summary>
    SetIfAllowed,

    /// <summary>Keep those of the caller (the annotation run.oci.keep_original_groups).</summary>
    Keep,
}
