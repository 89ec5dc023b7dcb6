using Xunit.Sdk;

namespace Anocir.Conformance.Tests.Clauses;

/// <summary>
/// What is known of anocir and written down in docs/compatibility.md: where it departs from the specification on purpose, and what it
/// does not have yet. Such a test is skipped with the reason; it fails once the departure is gone, so that the page is put right.
/// For every other runtime the test stands as it is.
/// </summary>
public static class Known
{
    public static void Departure(string because, Action test) => Unless("departs on purpose", because, test);

    public static void Gap(string because, Action test) => Unless("not there yet", because, test);

    private static void Unless(string kind, string because, Action test)
    {
        if (!RuntimeFixture.IsAnocir)
        {
            test();
            return;
        }

        try
        {
            test();
        }
        catch (XunitException)
        {
            throw new Xunit.SkipException($"{kind}: {because}");
        }

        throw new XunitException($"this holds now, take it off the list: {because}");
    }
}
