package io.sluice.fanout;

/**
 * A kind of topic that a protocol has; names of different kinds have nothing to do with each other.
 *
 * @param word for people
 * @param index tells the kinds of a protocol apart, from 0
 * @param tally kinds of one tally are counted together when a subscriber is told how many it has;
 *     from 0 up to {@link #TALLIES}, exclusive
 */
public record TopicKind(String word, int index, int tally) {
    /** Most tallies that a protocol may keep apart. */
    public static final int TALLIES = 4;

    public TopicKind {
        if (index < 0) {
            throw new IllegalArgumentException("index " + index + " of a kind, must be from 0");
        }
        if (tally < 0 || tally >= TALLIES) {
            throw new IllegalArgumentException("tally %d, must be 0..%d".formatted(tally, TALLIES));
        }
    }
}
