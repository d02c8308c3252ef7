package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.resp.tenancy.SampleRequest;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import io.sluice.testbed.RedisProgram;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two tenants with the same keys in one database of a real Redis, over the whole command table:
 * each is answered as if it had a Redis for itself, and what there is on the server belongs to one
 * of them.
 */
@ParameterizedClass
@MethodSource("io.sluice.testbed.RedisProgram#all")
class CommandTableTenancyIT {
    private static final byte[] MULTI = RedisBytes.command("MULTI");
    private static final byte[] EXEC = RedisBytes.command("EXEC");
    private static final byte[] DISCARD = RedisBytes.command("DISCARD");
    private static final byte[] UNWATCH = RedisBytes.command("UNWATCH");

    private static final List<String> OTHER_KEYS =
            List.of("s", "n", "l", "h", "t", "t2", "z", "z2", "x", "g", "p", "to", "", "a b");

    /** What does not stand in a transaction, or ends it. */
    private static final Set<String> NOT_QUEUED =
            Set.of("multi", "exec", "discard", "watch", "unwatch", "wait", "waitaof");

    /** What a server answers by chance, by the clock, or in the order of its memory. */
    private static final Set<String> NOT_FOR_FUZZ =
            Set.of(
                    "ttl",
                    "pttl",
                    "expire",
                    "pexpire",
                    "expiretime",
                    "pexpiretime",
                    "object idletime",
                    "object refcount",
                    "xpending",
                    "xinfo consumers",
                    "xinfo groups",
                    "xinfo stream",
                    "dump",
                    "spop",
                    "srandmember",
                    "hrandfield",
                    "zrandmember",
                    "blpop",
                    "brpop",
                    "bzpopmin",
                    "bzpopmax",
                    "blmpop",
                    "bzmpop");

    private final RedisProgram program;
    private RedisBackend backend;
    private RawRespClient admin;
    private TestProxy proxy;

    CommandTableTenancyIT(RedisProgram program) {
        this.program = program;
    }

    @BeforeEach
    void start() throws IOException {
        backend = RedisBackend.of(program).start();
        admin = backend.admin();
        proxy = TestProxy.start(backend, PrefixTenant.CONFIG);
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        admin.close();
        backend.close();
    }

    private PrefixTenant acme(int version) throws IOException {
        return new PrefixTenant(proxy, backend, "acme", 'α', 'β', 14, version);
    }

    private PrefixTenant globex(int version) throws IOException {
        return new PrefixTenant(proxy, backend, "globex", 'β', 'α', 15, version);
    }

    private void setUp(List<PrefixTenant> tenants) throws IOException {
        admin.succeed("FLUSHDB");
        for (PrefixTenant tenant : tenants) {
            tenant.setUp();
        }
    }

    /** What is on the server, seen by somebody who has nothing to do with the proxy. */
    private void everyKeyIsATenants(Object done) throws IOException {
        assertThat(admin.succeed("KEYS", "*").texts())
                .as("keys after %s", done)
                .isNotEmpty()
                .allMatch(key -> key.startsWith("acme:") || key.startsWith("globex:"));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void everyCommandAnswersAsIfTheTenantWereAlone(int version) throws IOException {
        try (PrefixTenant acme = acme(version);
                PrefixTenant globex = globex(version)) {
            for (SampleRequest sample : SampleRequest.all()) {
                setUp(List.of(acme, globex));
                for (PrefixTenant tenant : List.of(acme, globex)) {
                    byte[] command = RedisBytes.command(sample.plain(tenant.letter()));
                    check(sample, tenant, tenant.both(1, command));
                    tenant.both(2, DISCARD, UNWATCH);
                }
                everyKeyIsATenants(sample);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void everyCommandDoesSoWithinATransaction(int version) throws IOException {
        try (PrefixTenant acme = acme(version);
                PrefixTenant globex = globex(version)) {
            for (SampleRequest sample : SampleRequest.all()) {
                if (!NOT_QUEUED.contains(sample.command())) {
                    transactions(sample, List.of(acme, globex));
                }
            }
        }
    }

    private void transactions(SampleRequest sample, List<PrefixTenant> tenants) throws IOException {
        for (boolean whole : new boolean[] {true, false}) {
            setUp(tenants);
            for (PrefixTenant tenant : tenants) {
                byte[] command = RedisBytes.command(sample.plain(tenant.letter()));
                check(
                        sample,
                        tenant,
                        whole
                                ? tenant.both(4, MULTI, command, command, EXEC)
                                : tenant.oneByOne(MULTI, command, command, EXEC));
            }
            everyKeyIsATenants(sample);
        }
    }

    private static void check(
            SampleRequest sample, PrefixTenant tenant, PrefixTenant.Answers answers) {
        assertThat(tenant.tellsTooMuch(answers.tenant()))
                .as("%s: %s", sample, answers.tenant())
                .isFalse();
        if (sample.isComparable()) {
            assertThat(answers.tenant()).as(sample.toString()).isEqualTo(answers.direct());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void pipelinesOfAnyCommandsOnAnyKeysDoSo(int version) throws IOException {
        var random = new Random(20261121L * version);
        List<SampleRequest> samples =
                SampleRequest.all().stream()
                        .filter(SampleRequest::isComparable)
                        .filter(sample -> !NOT_QUEUED.contains(sample.command()))
                        .filter(sample -> !NOT_FOR_FUZZ.contains(sample.command()))
                        .toList();
        try (PrefixTenant acme = acme(version);
                PrefixTenant globex = globex(version)) {
            for (int round = 0; round < 300; round++) {
                setUp(List.of(acme, globex));
                for (PrefixTenant tenant : List.of(acme, globex)) {
                    pipeline(tenant, requests(tenant.letter(), samples, random));
                }
                everyKeyIsATenants(round);
            }
        }
    }

    private static void pipeline(PrefixTenant tenant, List<String[]> requests) throws IOException {
        List<PrefixTenant.Answers> replies =
                tenant.pipeline(requests.stream().map(RedisBytes::command).toArray(byte[][]::new));
        for (int i = 0; i < replies.size(); i++) {
            PrefixTenant.Answers reply = replies.get(i).unordered();
            String request = String.join(" ", requests.get(i));
            assertThat(reply.tenant()).as(request).isEqualTo(reply.direct());
            assertThat(tenant.tellsTooMuch(reply.tenant())).as(request).isFalse();
        }
    }

    /** Random commands, some of them in transactions. */
    private static List<String[]> requests(
            char letter, List<SampleRequest> samples, Random random) {
        List<String[]> requests = new ArrayList<>();
        int inTransaction = 0;
        for (int i = 0; i < 20 || inTransaction > 0; i++) {
            if (inTransaction == 0 && random.nextInt(6) == 0) {
                requests.add(new String[] {"MULTI"});
                inTransaction = 1 + random.nextInt(4);
            }
            SampleRequest sample = samples.get(random.nextInt(samples.size()));
            requests.add(
                    sample.written(
                            letter, key -> mostly(key, random), glob -> glob, channel -> channel));
            if (inTransaction > 0) {
                inTransaction--;
                if (inTransaction == 0) {
                    requests.add(new String[] {"EXEC"});
                }
            }
        }
        return requests;
    }

    private static String mostly(String key, Random random) {
        boolean stays = key.indexOf('*') >= 0 || random.nextInt(3) > 0;
        return stays ? key : OTHER_KEYS.get(random.nextInt(OTHER_KEYS.size()));
    }
}
