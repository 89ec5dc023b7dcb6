namespace Anocir.Supervisor;

internal static class Program
{
    private static int Main() => 0;
}
