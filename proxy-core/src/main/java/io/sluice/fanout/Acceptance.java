package io.sluice.fanout;

/** Whether a hub takes on what a subscriber asks; if not, nothing has changed. */
public enum Acceptance {
    TAKEN,
    /** The subscriber has as many topics, or unanswered requests, as one may have. */
    TOO_MANY_OF_ONE,
    /** All subscribers of the hub together have as many topics as they may have. */
    TOO_MANY_IN_ALL,
    /** The names of the hub's topics would take more memory than they may. */
    NAMES_TOO_LONG
}
