package io.sluice.resp.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.resp.config.Isolation;
import io.sluice.resp.config.RespSettings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelNamesTest {
    private static final SubscriptionKind CHANNEL = SubscriptionKind.CHANNEL;
    private static final SubscriptionKind PATTERN = SubscriptionKind.PATTERN;
    private static final SubscriptionKind SHARD = SubscriptionKind.SHARD_CHANNEL;

    private final ChannelNames alone = names(Isolation.BACKEND, "", 0, 16);
    private final ChannelNames ranged = names(Isolation.DATABASES, "acme:", 8, 4);
    private final ChannelNames prefixed = names(Isolation.PREFIX, "a[b]:", 3, 1);

    private static ChannelNames names(
            Isolation isolation, String prefix, int firstDatabase, int databases) {
        return ChannelNames.of(
                new RespSettings(
                        isolation,
                        prefix.isEmpty() ? Optional.empty() : Optional.of(prefix),
                        firstDatabase,
                        databases,
                        Set.of(),
                        Set.of(),
                        new RespSettings.Shared(1, 1, Duration.ofSeconds(1)),
                        new RespSettings.Patience(
                                Duration.ZERO,
                                Duration.ZERO,
                                Duration.ZERO,
                                Duration.ZERO,
                                Duration.ZERO,
                                Duration.ZERO),
                        new RespSettings.Replies(1, Duration.ZERO, 1, 1),
                        new RespSettings.Requests(1, 1, 1, 1),
                        new RespSettings.Subscriptions(1, 1, 1)),
                "acme");
    }

    private static String toServer(ChannelNames names, SubscriptionKind kind, String name) {
        return new String(
                names.toServer(kind, name.getBytes(StandardCharsets.UTF_8)),
                StandardCharsets.UTF_8);
    }

    /** The client's name, or null if it is not the tenant's. */
    private static @Nullable String toClient(
            ChannelNames names, SubscriptionKind kind, String name) {
        ByteBuf in = Unpooled.copiedBuffer("<" + name + ">", StandardCharsets.UTF_8);
        var span = new Span();
        span.set(in, 1, in.readableBytes() - 2);
        return names.toClient(kind, span, Unpooled.buffer()) ? text(span) : null;
    }

    private static String text(Span span) {
        return span.in().toString(span.start(), span.length(), StandardCharsets.UTF_8);
    }

    private static @Nullable String refusal(ChannelNames names, String pattern) {
        ByteBuf in = Unpooled.copiedBuffer("<" + pattern + ">", StandardCharsets.UTF_8);
        return names.refusal(PATTERN, in, 1, in.readableBytes() - 2);
    }

    private static void assertTranslated(
            ChannelNames names, SubscriptionKind kind, String client, String server) {
        assertThat(toServer(names, kind, client)).isEqualTo(server);
        assertThat(toClient(names, kind, server)).isEqualTo(client);
    }

    @Test
    void aServerOfItsOwnHasTheNamesThatClientsHave() {
        assertTranslated(alone, CHANNEL, "news", "news");
        assertTranslated(alone, PATTERN, "__key*", "__key*");
        assertTranslated(alone, CHANNEL, "__keyspace@9__:k", "__keyspace@9__:k");
        assertThat(refusal(alone, "__key*")).isNull();
    }

    @Test
    void channelsHaveAPrefixWhereTheServerIsShared() {
        assertTranslated(ranged, CHANNEL, "news", "acme:news");
        assertTranslated(ranged, SHARD, "__keyspace@1__:k", "acme:__keyspace@1__:k");
        assertTranslated(ranged, CHANNEL, "", "acme:");
        assertThat(toClient(ranged, CHANNEL, "globex:news")).isNull();
        assertThat(toClient(ranged, CHANNEL, "acm")).isNull();
    }

    @Test
    void aPatternHasThePrefixSoThatItMatchesNothingElse() {
        assertTranslated(ranged, PATTERN, "n*", "acme:n*");
        assertTranslated(prefixed, PATTERN, "n*", "a\\[b]:n*");
        assertTranslated(prefixed, CHANNEL, "n*", "a[b]:n*");
        assertThat(toClient(prefixed, PATTERN, "a[b]:n*")).isNull();
    }

    @Test
    void notificationsAreOfTheDatabaseThatTheClientMeans() {
        assertTranslated(ranged, CHANNEL, "__keyspace@0__:k", "__keyspace@8__:k");
        assertTranslated(ranged, CHANNEL, "__keyevent@3__:del", "__keyevent@11__:del");
        assertTranslated(ranged, PATTERN, "__keyspace@1__:u?er*", "__keyspace@9__:u?er*");
        assertTranslated(ranged, PATTERN, "__keyevent@*__:expired", "__keyevent@*__:expired");
        assertTranslated(ranged, PATTERN, "__key*__:*", "__key*__:*");
    }

    @Test
    void notificationsOfOthersDatabasesAreNobodysBusiness() {
        assertThat(toClient(ranged, CHANNEL, "__keyevent@7__:del")).isNull();
        assertThat(toClient(ranged, CHANNEL, "__keyevent@12__:del")).isNull();
        assertThat(toClient(prefixed, CHANNEL, "__keyevent@0__:del")).isNull();
        assertThat(toClient(prefixed, CHANNEL, "__keyspace@3__:other")).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "__keyspace@4__:k",
                "__keyspace@01__:k",
                "__keyspace@*__:k",
                "__keyspace@:k"
            })
    void whatNoDatabaseOfTheTenantTellsIsAChannelAsAnyOther(String channel) {
        assertTranslated(ranged, CHANNEL, channel, "acme:" + channel);
    }

    @Test
    void keysInNotificationsHaveThePrefixThatKeysHave() {
        assertTranslated(prefixed, CHANNEL, "__keyspace@0__:k", "__keyspace@3__:a[b]:k");
        assertTranslated(prefixed, PATTERN, "__keyspace@0__:k*", "__keyspace@3__:a\\[b]:k*");
        assertTranslated(prefixed, CHANNEL, "__keyevent@0__:del", "__keyevent@3__:del");
        assertTranslated(prefixed, PATTERN, "__keyspace@*__:*", "__keyspace@*__:*");
        assertTranslated(prefixed, PATTERN, "__keyevent@*__:x*", "__keyevent@*__:x*");
    }

    @ParameterizedTest
    @CsvSource({
        "__keyevent@3__:del, a[b]:k, k",
        "__keyevent@3__:del, other:k,",
        "__keyspace@3__:a[b]:k, del, del",
        "a[b]:news, anything, anything"
    })
    void theKeyThatAnEventHasHappenedToLosesItsPrefix(
            String channel, String payload, @Nullable String expected) {
        var name = new Span();
        name.set(Unpooled.copiedBuffer(channel, StandardCharsets.UTF_8), 0, channel.length());
        var message = new Span();
        message.set(Unpooled.copiedBuffer(payload, StandardCharsets.UTF_8), 0, payload.length());
        boolean own = prefixed.payloadToClient(name, message);
        assertThat(own ? text(message) : null).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "__key*",
                "__key*:k",
                "__keyspace@*",
                "__keyspace@*:k",
                "__keyspace@1*__:k",
                "__keyspace@[01]__:k",
                "__keyspace@1_?:k",
                "__keyevent*",
                "__keys\\pace@0__:k"
            })
    void aPatternThatMightMeanOthersNotificationsIsRefused(String pattern) {
        assertThat(refusal(ranged, pattern)).startsWith("ERR sluice: a pattern of keyspace");
        assertThat(refusal(prefixed, pattern)).startsWith("ERR sluice: a pattern of keyspace");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*",
                "_*",
                "__keymaster:*",
                "__keyspace@1__:*",
                "__keyspace@77__:*",
                "__keyevent@*__:expired",
                "__keyspace@*__:*",
                "__keyspace@x*",
                "__key*__:*"
            })
    void aPatternThatIsExactIsTaken(String pattern) {
        assertThat(refusal(ranged, pattern)).isNull();
        assertThat(refusal(prefixed, pattern)).isNull();
    }

    @Test
    void aPatternOfKeysInAllDatabasesIsRefusedWhereKeysHaveAPrefix() {
        assertThat(refusal(ranged, "__keyspace@*__:u*")).isNull();
        assertThat(refusal(prefixed, "__keyspace@*__:u*")).isNotNull();
    }

    @Test
    void namesChangeWithWhatTheyAreMadeOf() {
        assertThat(ranged.areLike(names(Isolation.DATABASES, "acme:", 8, 4))).isTrue();
        assertThat(ranged.areLike(names(Isolation.DATABASES, "acme:", 8, 5))).isFalse();
        assertThat(ranged.areLike(names(Isolation.DATABASES, "acm:", 8, 4))).isFalse();
    }
}
