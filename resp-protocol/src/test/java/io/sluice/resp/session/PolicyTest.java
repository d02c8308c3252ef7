package io.sluice.resp.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.resp.command.BackendCommands;
import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.command.CommandTable;
import io.sluice.resp.command.Danger;
import io.sluice.resp.command.PrefixUse;
import io.sluice.resp.config.Isolation;
import io.sluice.resp.config.RespSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PolicyTest {
    private static final BackendCommands BACKEND = BackendCommands.assumed(CommandTable.shipped());

    private static Policy policy(Isolation isolation, Set<String> allow, Set<String> block) {
        Duration none = Duration.ZERO;
        return new Policy(
                new RespSettings(
                        isolation,
                        Optional.empty(),
                        0,
                        1,
                        allow,
                        block,
                        new RespSettings.Shared(1, 1, none),
                        new RespSettings.Patience(none, none, none, none, none, none),
                        new RespSettings.Replies(1, none, 1, 1),
                        new RespSettings.Requests(1, 1, 1, 1),
                        new RespSettings.Subscriptions(1, 1, 1)));
    }

    private static @Nullable String refusal(Policy policy, String command) {
        return policy.refusal(CommandTable.shipped().named(command), BACKEND);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "KEYS     | SCAN with MATCH and COUNT",
                "FLUSHALL | UNLINK of the keys that SCAN finds",
                "FLUSHDB  | UNLINK of the keys that SCAN finds"
            })
    void whatIsSlowOrEmptiesTheServerIsRefusedWithAnAlternativeUntilItIsAllowed(
            String command, String alternative) {
        String name = command.toLowerCase(java.util.Locale.ROOT);

        assertThat(refusal(policy(Isolation.BACKEND, Set.of(), Set.of()), name))
                .isEqualTo(
                        "NOPERM sluice: %s is blocked by default; use %s instead"
                                .formatted(command, alternative));
        assertThat(refusal(policy(Isolation.BACKEND, Set.of(name), Set.of()), name)).isNull();
        assertThat(refusal(policy(Isolation.PREFIX, Set.of(name), Set.of()), name))
                .isEqualTo(
                        "NOPERM sluice: %s is refused: it reaches beyond this tenant's key prefix; use %s instead"
                                .formatted(command, alternative));
    }

    @ParameterizedTest
    @EnumSource(Isolation.class)
    void administrationIsForNobody(Isolation isolation) {
        for (String command : List.of("shutdown", "bgsave", "bgrewriteaof", "swapdb", "monitor")) {
            assertThat(refusal(policy(isolation, Set.of(command), Set.of()), command))
                    .as(command)
                    .startsWith("NOPERM sluice: ")
                    .contains("cannot be used through a shared proxy");
        }
    }

    @Test
    void databasesKeepWhatTheyDoNotPart() {
        Policy policy = policy(Isolation.DATABASES, Set.of("flushall", "keys"), Set.of());

        assertThat(refusal(policy, "flushall"))
                .startsWith(
                        "NOPERM sluice: FLUSHALL is refused: it reaches beyond this tenant's databases");
        for (String command : List.of("eval", "function load", "move", "client tracking", "info")) {
            assertThat(refusal(policy, command)).as(command).contains("this tenant's databases");
        }
        for (String command : List.of("keys", "randomkey", "dbsize", "scan", "publish")) {
            assertThat(refusal(policy, command)).as(command).isNull();
        }
    }

    @Test
    void prefixesLetThroughWhatIsOnTheirListAndNothingElse() {
        Policy policy = policy(Isolation.PREFIX, Set.of(), Set.of());

        for (CommandSpec spec : CommandTable.shipped().commands()) {
            boolean goes = spec.prefix() != PrefixUse.REFUSED && spec.danger() == Danger.NONE;
            assertThat(policy.refusal(spec, BACKEND) == null).as(spec.name()).isEqualTo(goes);
        }
    }

    @Test
    void whatTheOperatorBlocksIsRefusedByNameOrContainer() {
        Policy policy = policy(Isolation.BACKEND, Set.of("get"), Set.of("get", "object"));

        assertThat(refusal(policy, "get"))
                .isEqualTo("NOPERM sluice: GET is blocked (commands.block)");
        assertThat(refusal(policy, "object encoding"))
                .isEqualTo("NOPERM sluice: OBJECT ENCODING is blocked (commands.block)");
        assertThat(refusal(policy, "getex")).isNull();
    }
}
