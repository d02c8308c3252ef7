package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.fanout.HubSnapshot;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** However many subscribe, the server has one subscriber for each tenant. */
class SubscribersIT {
    private static RedisBackend backend;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private @Nullable TestProxy started;

    @BeforeAll
    static void startBackend() {
        backend = RedisBackend.embedded().setting("notify-keyspace-events", "KEA").start();
    }

    @AfterAll
    static void stopBackend() {
        backend.close();
    }

    private void start(String... more) {
        await().until(() -> subscribers().isEmpty()); // those of the test before
        TestProxy one = TestProxy.start(backend, more);
        started = one;
        opened.add(one);
    }

    private TestProxy proxy() {
        return Objects.requireNonNull(started, "not started");
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private RawRespClient login(String tenant) throws IOException {
        RawRespClient client = proxy().login(tenant);
        opened.add(client);
        return client;
    }

    private RawRespClient subscriber(String tenant, String... channels) throws IOException {
        RawRespClient client = login(tenant);
        subscribe(client, channels);
        return client;
    }

    private static void subscribe(RawRespClient client, String... channels) throws IOException {
        for (String channel : channels) {
            assertThat(client.call("SUBSCRIBE", channel).elements().get(1).text())
                    .isEqualTo(channel);
        }
    }

    /** Subscribers that the server has. */
    private static List<String> subscribers() {
        return backend.ask("CLIENT", "LIST", "TYPE", "pubsub").text().lines().toList();
    }

    private static long subscribersOf(String channel) {
        return backend.ask("PUBSUB", "NUMSUB", channel).elements().getLast().number();
    }

    private static void publish(String channel, String message) {
        assertThat(backend.ask("PUBLISH", channel, message).number()).isEqualTo(1);
    }

    private static String message(RawRespClient client) throws IOException {
        var message = client.read();
        assertThat(message.elements().getFirst().text()).isEqualTo("message");
        return message.elements().getLast().text();
    }

    /** Of the hub of acme. */
    private HubSnapshot hub() {
        List<HubSnapshot> all =
                proxy().hubs().stream().filter(hub -> hub.name().startsWith("acme/")).toList();
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    @Test
    void manySubscribersOfAnyKindAreOneOnTheServer() throws IOException {
        start();
        List<RawRespClient> clients = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            RawRespClient client = login("acme");
            if (i % 2 == 0) {
                client.hello3();
            }
            client.succeed("SELECT", Integer.toString(i % 8));
            subscribe(client, "news", "__Booksleeve_MasterChanged");
            clients.add(client);
        }
        assertThat(subscribers()).hasSize(1);
        assertThat(subscribers().getFirst()).contains(" sub=2 ");
        publish("acme:news", "to all");
        for (int i = 0; i < clients.size(); i++) {
            assertThat(Exchange.frames(clients.get(i), 1))
                    .isEqualTo(
                            (i % 2 == 0 ? ">" : "*")
                                    + "3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$6\r\nto all\r\n");
        }
        assertThat(hub().messages()).isEqualTo(1);
        assertThat(hub().deliveries()).isEqualTo(60);
        for (RawRespClient client : clients) {
            client.close();
        }
        await().until(() -> subscribersOf("acme:news") == 0);
    }

    @Test
    void tenantsDoNotHearEachOther() throws IOException {
        start();
        RawRespClient acme = subscriber("acme", "news");
        RawRespClient globex = subscriber("globex", "news");
        assertThat(acme.call("PSUBSCRIBE", "*").elements().getLast().number()).isEqualTo(2);
        assertThat(globex.call("PSUBSCRIBE", "*").elements().getLast().number()).isEqualTo(2);
        for (String tenant : List.of("acme", "globex")) {
            try (RawRespClient publisher = proxy().login(tenant)) {
                assertThat(publisher.call("PUBLISH", "news", tenant + "'s").number()).isEqualTo(2);
            }
        }
        for (RawRespClient each : List.of(acme, globex)) {
            String own = each == acme ? "acme's" : "globex's";
            assertThat(each.read().texts()).containsExactly("message", "news", own);
            assertThat(each.read().texts()).containsExactly("pmessage", "*", "news", own);
            assertThat(each.call("PING", "nothing else").texts())
                    .containsExactly("pong", "nothing else");
        }
    }

    @Test
    void subscriptionsAreThereAgainWhenTheServerHasEndedThem() throws IOException {
        start();
        RawRespClient two = subscriber("acme", "a", "b");
        RawRespClient three = login("acme");
        three.hello3();
        subscribe(three, "b");
        assertThat(three.call("PSUBSCRIBE", "c*").isPush()).isTrue();
        publish("acme:b", "before");
        backend.ask("CLIENT", "KILL", "TYPE", "pubsub");
        await().until(() -> hub().resubscriptions() == 3 && subscribersOf("acme:b") == 1);
        publish("acme:b", "after");
        publish("acme:cc", "matched");
        assertThat(message(two)).isEqualTo("before");
        assertThat(message(two)).isEqualTo("after");
        assertThat(message(three)).isEqualTo("before");
        assertThat(message(three)).isEqualTo("after");
        assertThat(three.read().texts()).containsExactly("pmessage", "c*", "cc", "matched");
        assertThat(hub().losses()).isEqualTo(1);
        assertThat(hub().interruptions()).isEqualTo(3);
    }

    @Test
    void reconnectingRenewsTheSubscriber() throws IOException {
        start();
        RawRespClient client = subscriber("acme", "news");
        String before = subscribers().getFirst();
        proxy().onPools(pool -> {
            pool.reconnect();
            return pool.key();
        });
        await().until(() -> hub().resubscriptions() == 1);
        await().until(() -> subscribers().size() == 1 && !subscribers().getFirst().equals(before));
        publish("acme:news", "after");
        assertThat(message(client)).isEqualTo("after");
    }

    @Test
    void whoDoesNotReadIsDroppedAlone() throws IOException {
        start("sluice.redis.unread-replies { soft = 64KiB, hard = 256KiB }");
        RawRespClient slow = subscriber("acme", "news");
        RawRespClient quick = subscriber("acme", "news");
        String message = "x".repeat(100_000);
        int messages = 0;
        while (hub().evictions() == 0) {
            assertThat(messages++).isLessThan(1_000);
            publish("acme:news", message);
            assertThat(message(quick)).isEqualTo(message);
        }
        assertThat(hub().evictions()).isEqualTo(1);
        assertThat(hub().subscribers()).isEqualTo(1);
        publish("acme:news", "still here");
        assertThat(message(quick)).isEqualTo("still here");
        assertThat(slow.readRest().length).isLessThan(messages * message.length());
    }

    @Test
    void messagesComeBetweenRepliesHoweverLongTheseAre() throws IOException {
        start();
        RawRespClient client = login("acme");
        String big = "y".repeat(5_000_000);
        client.succeed("SET", "big", big);
        client.hello3();
        subscribe(client, "news");
        for (int i = 0; i < 5; i++) {
            client.command("GET", "big");
            for (int k = 0; k < 20; k++) {
                publish("acme:news", "message " + i + " " + k);
            }
        }
        int replies = 0;
        List<String> messages = new ArrayList<>();
        while (replies < 5 || messages.size() < 100) {
            var read = client.read();
            if (read.isPush()) {
                messages.add(read.elements().getLast().text());
            } else {
                assertThat(read.text()).isEqualTo(big);
                replies++;
            }
        }
        assertThat(messages).doesNotHaveDuplicates().first().isEqualTo("message 0 0");
    }

    @Test
    void aSubscriberIsNotIdle() throws IOException {
        var clock = new AtomicLong(1_000_000_000L);
        started =
                TestProxy.start(
                        backend.host() + ":" + backend.port(),
                        clock::get,
                        "sluice.timeouts.client-idle = 10m");
        opened.add(proxy());
        RawRespClient subscriber = subscriber("acme", "news");
        RawRespClient idle = login("acme");
        idle.succeed("PING");
        clock.addAndGet(Duration.ofMinutes(11).toNanos());
        assertThat(idle.atEnd()).isTrue();
        publish("acme:news", "still here");
        assertThat(message(subscriber)).isEqualTo("still here");
    }

    @Test
    void limitsAreSaidAndNothingIsSubscribed() throws IOException {
        start("sluice.redis.subscriptions { max-channels = 3, max-name = 16B }");
        RawRespClient client = subscriber("acme", "a", "b");
        assertThat(client.call("SUBSCRIBE", "c", "d").text())
                .contains("2 more", "1 are left", "max-channels 3");
        assertThat(client.call("PSUBSCRIBE", "x".repeat(17)).text())
                .contains("17 bytes", "max-name");
        assertThat(client.call("SUBSCRIBE", "c").elements().getLast().number()).isEqualTo(3);
        assertThat(client.call("SUBSCRIBE", "d").text()).contains("max-channels");
        assertThat(client.call("UNSUBSCRIBE", "a").elements().getLast().number()).isEqualTo(2);
        assertThat(client.call("SUBSCRIBE", "d").elements().getLast().number()).isEqualTo(3);
        assertThat(subscribersOf("acme:d")).isEqualTo(1);
    }

    @Test
    void whatTheServerRejectsIsAnsweredInItsWords() throws IOException {
        backend.createUser("limited", "limited", "~*", "+@all", "resetchannels", "&acme:ok*");
        start("sluice.tenants.acme.redis.users.app.server { user = limited, secret = limited }");
        RawRespClient client = login("acme");
        try (RawRespClient direct = backend.connect("limited", "limited")) {
            assertThat(client.callBytes("SUBSCRIBE", "no"))
                    .isEqualTo(direct.callBytes("SUBSCRIBE", "acme:no"));
        }
        subscribe(client, "ok");
        client.command("SUBSCRIBE", "ok2", "no", "ok3", "no2");
        assertThat(client.read().texts()).startsWith("subscribe", "ok2");
        assertThat(client.read().text()).startsWith("NOPERM");
        assertThat(client.read().texts()).startsWith("subscribe", "ok3");
        assertThat(client.call("PING", "next").texts()).containsExactly("pong", "next");
    }

    @Test
    void anUnreachableServerIsSaidAndTriedAgain() throws IOException {
        RedisBackend own = RedisBackend.start();
        opened.add(own);
        started = TestProxy.start(own);
        opened.add(proxy());
        RawRespClient client = login("acme");
        own.stop();
        assertThat(client.call("SUBSCRIBE", "news").text()).startsWith("TRYAGAIN sluice: ");
        own.startAgain();
        await().until(() -> !client.call("SUBSCRIBE", "news").isError());
        assertThat(own.ask("PUBLISH", "acme:news", "there").number()).isEqualTo(1);
        assertThat(message(client)).isEqualTo("there");
    }

    @Test
    void notificationsAreOfTheTenantsOwnDatabases() throws IOException {
        start();
        RawRespClient globex = login("globex");
        globex.hello3();
        assertThat(globex.call("SUBSCRIBE", "__keyspace@2__:k").isPush()).isTrue();
        assertThat(globex.call("PSUBSCRIBE", "__keyevent@*__:set").isPush()).isTrue();
        assertThat(globex.call("PSUBSCRIBE", "__key*").text())
                .startsWith("ERR sluice: a pattern of keyspace notifications");
        try (RawRespClient acme = proxy().login("acme");
                RawRespClient other = proxy().login("globex")) {
            acme.succeed("SELECT", "2");
            acme.succeed("SET", "k", "acme's");
            other.succeed("SELECT", "2");
            other.succeed("SET", "k", "globex's");
        }
        assertThat(globex.read().texts()).containsExactly("message", "__keyspace@2__:k", "set");
        assertThat(globex.read().texts())
                .containsExactly("pmessage", "__keyevent@*__:set", "__keyevent@2__:set", "k");
        assertThat(globex.call("PING", "nothing else").text()).isEqualTo("nothing else");
    }

    @Test
    void notificationsAreOfKeysWithTheTenantsPrefix() throws IOException {
        start(
                "sluice.tenants.acme.redis { isolation = prefix, first-database = 3, database-count = 1 }");
        RawRespClient client = subscriber("acme", "__keyspace@0__:k");
        assertThat(client.call("PSUBSCRIBE", "__keyevent@*__:set").isError()).isFalse();
        try (RawRespClient other = backend.connect();
                RawRespClient own = proxy().login("acme")) {
            other.succeed("SELECT", "3");
            other.succeed("SET", "k", "nobody's");
            other.succeed("SET", "globex:k", "somebody else's");
            own.succeed("SET", "k", "acme's");
        }
        assertThat(client.read().texts()).containsExactly("message", "__keyspace@0__:k", "set");
        assertThat(client.read().texts())
                .containsExactly("pmessage", "__keyevent@*__:set", "__keyevent@0__:set", "k");
        assertThat(client.call("PING", "nothing else").texts())
                .containsExactly("pong", "nothing else");
    }

    @Test
    void resettingEndsSubscriptionsWithoutAWord() throws IOException {
        start();
        RawRespClient client = subscriber("acme", "news");
        client.command("RESET");
        await().until(() -> subscribersOf("acme:news") == 0);
        assertThat(client.read().type()).isNotIn('*', '>');
    }

    @Test
    void aCommandThatSubscribesIsNotQueuedInATransaction() throws IOException {
        start();
        RawRespClient client = login("acme");
        client.send(
                RedisBytes.command("MULTI"),
                RedisBytes.command("SUBSCRIBE", "a"),
                RedisBytes.command("EXEC"));
        assertThat(client.read().text()).isEqualTo("OK");
        assertThat(client.read().text())
                .isEqualTo("ERR sluice: SUBSCRIBE is not possible inside MULTI");
        assertThat(client.read().text()).startsWith("EXECABORT");
        assertThat(subscribers()).isEmpty();
    }
}
