package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.sluice.testbed.RedisBackend;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;

/** Subscribers as applications have them. */
class ClientLibrariesSubscribeIT {
    private static RedisBackend backend;
    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        backend = RedisBackend.start();
        proxy = TestProxy.start(backend);
    }

    @AfterAll
    static void stop() {
        proxy.close();
        backend.close();
    }

    private static RedisClient lettuce(RedisURI uri, ProtocolVersion version) {
        RedisClient client = RedisClient.create(uri);
        client.setOptions(ClientOptions.builder().protocolVersion(version).build());
        return client;
    }

    private static RedisURI uri() {
        return RedisURI.builder()
                .withHost("127.0.0.1")
                .withPort(proxy.port())
                .withAuthentication("app.acme", TestProxy.PASSWORD)
                .build();
    }

    @ParameterizedTest
    @EnumSource(
            value = ProtocolVersion.class,
            names = {"RESP2", "RESP3"})
    void lettuceHearsChannelsAndPatternsUntilItUnsubscribes(ProtocolVersion version) {
        List<String> heard = new CopyOnWriteArrayList<>();
        try (RedisClient client = lettuce(uri(), version);
                RedisClient direct =
                        lettuce(RedisURI.create(backend.host(), backend.port()), version)) {
            var connection = client.connectPubSub();
            connection.addListener(
                    new RedisPubSubAdapter<>() {
                        @Override
                        public void message(String channel, String message) {
                            heard.add(channel + " " + message);
                        }

                        @Override
                        public void message(String pattern, String channel, String message) {
                            heard.add(pattern + " " + channel + " " + message);
                        }
                    });
            connection.sync().subscribe("news", "sport");
            connection.sync().psubscribe("n*");
            backend.ask("PUBLISH", "acme:news", "one");
            backend.ask("PUBLISH", "acme:sport", "two");
            await().untilAsserted(() ->
                    assertThat(heard).containsExactly("news one", "n* news one", "sport two"));
            connection.sync().punsubscribe();
            connection.sync().unsubscribe("news");
            backend.ask("PUBLISH", "acme:news", "three");
            backend.ask("PUBLISH", "acme:sport", "four");
            await().untilAsserted(() -> assertThat(heard).endsWith("sport two", "sport four"));
            var plain = direct.connectPubSub();
            plain.sync().subscribe("sport");
            assertThat(connection.sync().ping()).isEqualTo(plain.sync().ping());
        }
    }

    @Test
    void jedisHearsAChannelUntilItUnsubscribes() throws InterruptedException {
        List<String> heard = new CopyOnWriteArrayList<>();
        var subscriber =
                new JedisPubSub() {
                    @Override
                    public void onMessage(String channel, String message) {
                        heard.add(channel + " " + message);
                        unsubscribe();
                    }
                };
        Thread listening =
                Thread.ofVirtual()
                        .start(() -> {
                            try (var jedis =
                                    new Jedis(
                                            new HostAndPort("127.0.0.1", proxy.port()),
                                            DefaultJedisClientConfig.builder()
                                                    .user("app.acme")
                                                    .password(TestProxy.PASSWORD)
                                                    .build())) {
                                jedis.subscribe(subscriber, "jedis");
                                heard.add(jedis.ping());
                            }
                        });
        await().until(() -> backend.ask("PUBLISH", "acme:jedis", "hello").number() == 1);
        assertThat(listening.join(java.time.Duration.ofSeconds(30))).isTrue();
        assertThat(heard).containsExactly("jedis hello", "PONG");
    }
}
