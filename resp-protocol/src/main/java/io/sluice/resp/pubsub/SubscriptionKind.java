package io.sluice.resp.pubsub;

import io.sluice.fanout.TopicKind;
import java.nio.charset.StandardCharsets;

/** What there is to subscribe to, and the words for it. */
@SuppressWarnings("ImmutableEnumChecker") // nobody writes to the words
public enum SubscriptionKind {
    CHANNEL("", new TopicKind("channel", 0, 0)),
    /** Of channels; counted together with them. */
    PATTERN("p", new TopicKind("pattern", 1, 0)),
    /** Since 7.0; counted by themselves. */
    SHARD_CHANNEL("s", new TopicKind("shard channel", 2, 1));

    private static final SubscriptionKind[] BY_INDEX = {CHANNEL, PATTERN, SHARD_CHANNEL};

    private final TopicKind topicKind;
    private final byte[] subscribe;
    private final byte[] unsubscribe;
    private final byte[] message;

    SubscriptionKind(String letter, TopicKind topicKind) {
        this.topicKind = topicKind;
        this.subscribe = bytes(letter + "subscribe");
        this.unsubscribe = bytes(letter + "unsubscribe");
        this.message = bytes(letter + "message");
    }

    private static byte[] bytes(String word) {
        return word.getBytes(StandardCharsets.US_ASCII);
    }

    /** The kind that core knows as {@code topicKind}. */
    public static SubscriptionKind of(TopicKind topicKind) {
        return BY_INDEX[topicKind.index()];
    }

    /**
     * The kind that a command is about.
     *
     * @param command any of the six, in lower case
     */
    public static SubscriptionKind ofCommand(String command) {
        return switch (command) {
            case "subscribe", "unsubscribe" -> CHANNEL;
            case "psubscribe", "punsubscribe" -> PATTERN;
            case "ssubscribe", "sunsubscribe" -> SHARD_CHANNEL;
            default -> throw new IllegalArgumentException(command + " subscribes to nothing");
        };
    }

    /** Its kind and tally for core. */
    public TopicKind topicKind() {
        return topicKind;
    }

    /** The command that subscribes, which is also the word of its confirmation. */
    byte[] subscribe() {
        return subscribe;
    }

    byte[] unsubscribe() {
        return unsubscribe;
    }

    /** The word of a message. */
    byte[] message() {
        return message;
    }
}
