namespace Anocir.Platform.Cgroups.Devices;

/// <summary>What a device rule speaks of: type b or c, and numbers; null is every number.</summary>
internal readonly record struct DeviceNumber(char Type, uint? Major, uint? Minor);
