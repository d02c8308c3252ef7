package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisProgram;
import io.sluice.testbed.RespValue;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** COMMAND tells of what the tenant may use, as its server tells of it. */
class CommandFamilyIT {
    static List<RedisProgram> programs() {
        return RedisProgram.all();
    }

    private static List<String> names(RespValue commands) {
        return commands.elements().stream().map(each -> each.elements().getFirst().text()).toList();
    }

    @ParameterizedTest
    @MethodSource("programs")
    void leavesOutWhatIsRefused(RedisProgram program) throws IOException {
        try (RedisBackend backend = RedisBackend.of(program).start();
                TestProxy proxy = TestProxy.start(backend);
                RawRespClient direct = backend.connect();
                RawRespClient client = proxy.login("acme")) {
            List<String> theirs = names(direct.call("COMMAND"));
            RespValue commands = client.call("COMMAND");
            List<String> ours = names(commands);

            assertThat(theirs).contains("monitor", "shutdown").containsAll(ours);
            assertThat(ours)
                    .contains("get", "client", "command", "multi", "subscribe", "hello")
                    .doesNotContain("monitor", "shutdown", "replicaof", "swapdb", "debug");
            assertThat(client.call("COMMAND", "COUNT").number()).isEqualTo(ours.size());
            RespValue infos = client.call("COMMAND", "INFO", "get", "monitor", "nosuch", "ping");
            assertThat(infos.elements()).hasSize(4);
            assertThat(infos.elements().get(0))
                    .isEqualTo(direct.call("COMMAND", "INFO", "get").elements().getFirst());
            assertThat(infos.elements().get(1).isNull()).isTrue();
            assertThat(infos.elements().get(2).isNull()).isTrue();
            assertThat(infos.elements().get(3).elements().getFirst().text()).isEqualTo("ping");
            RespValue get = direct.call("COMMAND", "INFO", "get").elements().getFirst();
            assertThat(commands.elements()).contains(get);
        }
    }

    @ParameterizedTest
    @MethodSource("programs")
    void leavesOutSubcommandsAndTheirDocumentation(RedisProgram program) throws IOException {
        Assumptions.assumeTrue(program.version().isAtLeast(7, 0));
        try (RedisBackend backend = RedisBackend.of(program).start();
                TestProxy proxy = TestProxy.start(backend);
                RawRespClient two = proxy.login("acme");
                RawRespClient three = proxy.login("acme")) {
            three.hello3();
            for (RawRespClient client : List.of(two, three)) {
                RespValue clients = client.call("COMMAND", "INFO", "client").elements().getFirst();
                assertThat(names(clients.elements().get(9)))
                        .contains("client|id", "client|kill", "client|help")
                        .doesNotContain("client|pause", "client|no-evict");
                RespValue docs = client.call("COMMAND", "DOCS", "client", "monitor", "get");
                assertThat(docs.get("get").get("summary").text()).isNotEmpty();
                assertThat(docs.toString()).doesNotContain("monitor", "client|pause");
                assertThat(docs.get("client").get("subcommands").get("client|id").get("since"))
                        .isNotNull();
                assertThat(client.call("COMMAND", "DOCS").toString())
                        .contains("Get the value of a key")
                        .doesNotContain("client|pause");
                assertThat(client.call("COMMAND", "LIST").texts())
                        .contains("get", "client|id")
                        .doesNotContain("monitor", "client|pause");
                assertThat(client.call("COMMAND", "LIST", "FILTERBY", "ACLCAT", "admin").texts())
                        .doesNotContain("shutdown", "monitor");
                assertThat(
                                client.call("COMMAND", "INFO", "client|pause")
                                        .elements()
                                        .getFirst()
                                        .isNull())
                        .isTrue();
                assertThat(client.call("PING").text()).isEqualTo("PONG");
            }
        }
    }

    /** Of commands that a client only talks of, keys are what it calls them. */
    @ParameterizedTest
    @MethodSource("programs")
    void findsTheKeysOfCommandsInTheTenantsNames(RedisProgram program) throws IOException {
        try (RedisBackend backend = RedisBackend.of(program).start();
                TestProxy proxy =
                        TestProxy.start(
                                backend,
                                "sluice.tenants.acme.redis { isolation = prefix, database-count = 1 }");
                RawRespClient client = proxy.login("acme")) {
            assertThat(client.call("COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2").texts())
                    .containsExactly("a", "b");
            if (program.version().isAtLeast(7, 0)) {
                RespValue keys = client.call("COMMAND", "GETKEYSANDFLAGS", "SET", "a", "1");
                assertThat(keys.elements().getFirst().elements().getFirst().text()).isEqualTo("a");
            }
        }
    }
}
