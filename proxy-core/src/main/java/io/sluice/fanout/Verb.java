package io.sluice.fanout;

/** What is asked of an upstream, or by a subscriber. */
public enum Verb {
    SUBSCRIBE,
    UNSUBSCRIBE
}
