namespace Anocir.Platform.Criu;

/// <summary>criu_req_type of CRIU's rpc.proto: what is asked, and what is answered.</summary>
public enum CriuRequestType
{
    Empty = 0,
    Dump = 1,
    Restore = 2,
    PreDump = 4,
    Notify = 6,
    FeatureCheck = 9,
    Version = 10,
}
