using Anocir.Platform.Cgroups.Devices;
using Anocir.Platform.Oci;
using Xunit;

namespace Anocir.Platform.Tests.Cgroups;

public class DeviceRulesTests
{
    private static readonly DeviceRule DenyAll = new() { Allow = false, Access = "rwm" };

    [Fact]
    public void Rules_keep_the_order_of_the_config_and_the_defaults_come_after()
    {
        var rules = DeviceRules.From([DenyAll, Rule(true, "c", 10, 229, "rw"), Rule(true, "b", 8, null, "r")]);

        Assert.False(rules.AllowByDefault);
        Assert.Equal(
            ["c 10:229 rw", "b 8:* r", "c *:* m", "b *:* m", "c 1:3 rwm"],
            rules.Exceptions.Select(e => DeviceRules.Format(e.Key, e.Value)).Take(5));
    }

    [Fact]
    public void Absent_rules_leave_the_default_devices_alone()
    {
        var rules = DeviceRules.From(null);
        Assert.False(rules.AllowByDefault);
        Assert.Equal(11, rules.Exceptions.Count);
    }

    [Fact]
    public void A_default_device_that_the_config_describes_gets_no_default_rule()
    {
        var rules = DeviceRules.From([DenyAll], [new Device { Path = "/dev/full", Type = "c", Major = 1, Minor = 7 }]);
        Assert.DoesNotContain(new DeviceNumber('c', 1, 7), rules.Exceptions.Keys);
    }

    [Fact]
    public void A_later_rule_for_the_same_device_adds_or_takes_away()
    {
        var rules = DeviceRules.From([DenyAll, Rule(true, "c", 9, 9, "r"), Rule(true, "c", 9, 9, "w"), Rule(false, "c", 9, 9, "r")]);
        Assert.Equal(DeviceAccess.Write, rules.Exceptions[new DeviceNumber('c', 9, 9)]);
    }

    [Fact]
    public void A_rule_for_all_starts_afresh()
    {
        var rules = DeviceRules.From([Rule(true, "c", 9, 9, "r"), new DeviceRule { Allow = true, Type = "a", Access = "rwm" }]);
        Assert.True(rules.AllowByDefault);
        Assert.Empty(rules.Exceptions);
    }

    [Fact]
    public void A_hole_in_a_wildcard_is_refused()
    {
        var failure = Assert.Throws<ContainerException>(() => DeviceRules.From([DenyAll, Rule(true, "c", 9, null, "rwm"), Rule(false, "c", 9, 9, "r")]));
        Assert.Contains("c 9:9 r cannot punch a hole in the wildcard rule c 9:* rwm", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("c", "")]
    [InlineData("c", "rx")]
    [InlineData("p", "r")]
    public void A_malformed_rule_is_refused(string type, string access) =>
        Assert.Throws<ContainerException>(() => DeviceRules.From([Rule(true, type, 1, 1, access)]));

    [Fact]
    public void Program_answers_as_the_rules_do_for_every_device_around_them()
    {
        DeviceRule[][] lists =
        [
            [DenyAll],
            [DenyAll, Rule(true, "c", 10, 229, "rw"), Rule(true, "b", 8, null, "r"), Rule(true, "c", null, 7, "w")],
            [new DeviceRule { Allow = true, Access = "rwm" }, Rule(false, "b", 8, 0, "w"), Rule(false, "c", 4, null, "rwm"), Rule(false, "c", 1, 3, "rwm")],
        ];
        foreach (var list in lists)
        {
            var rules = DeviceRules.From(list);
            var program = DeviceProgram.Build(rules);
            foreach (var (type, major, minor, access) in Requests())
            {
                var expected = Expected(rules, type, major, minor, access);
                Assert.True(expected == BpfInterpreter.Run(program, type == 'b' ? 1u : 2u, (uint)access, major, minor), $"{type} {major}:{minor} {access}");
            }
        }
    }

    private static IEnumerable<(char Type, uint Major, uint Minor, DeviceAccess Access)> Requests() =>
        from type in "bc"
        from major in (uint[])[0, 1, 4, 8, 10, 136, uint.MaxValue]
        from minor in (uint[])[0, 3, 7, 200, 229, uint.MaxValue]
        from access in Enumerable.Range(1, 7)
        select (type, major, minor, (DeviceAccess)access);

    // security/device_cgroup.c: match_exception and match_exception_partial.
    private static bool Expected(DeviceRules rules, char type, uint major, uint minor, DeviceAccess access)
    {
        var matching = rules.Exceptions.Where(e => e.Key.Type == type && (e.Key.Major ?? major) == major && (e.Key.Minor ?? minor) == minor).Select(e => e.Value);
        return rules.AllowByDefault ? !matching.Any(a => (a & access) != 0) : matching.Any(a => (access & ~a) == 0);
    }

    private static DeviceRule Rule(bool allow, string type, long? major, long? minor, string access) =>
        new() { Allow = allow, Type = type, Major = major, Minor = minor, Access = access };
}
