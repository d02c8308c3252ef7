package io.sluice.guard;

/**
 * What kind of work an operation is, from least to most patience that it deserves (REQUIREMENTS
 * R4.2); timeouts may differ by it. It is a guess from the words of a request, never from its plan.
 */
public enum OperationClass {
    /** Not known, or not yet. */
    OTHER,
    /** Reads without any of the marks below, and whatever settles at once. */
    SIMPLE_READ,
    /** Changes data or takes locks. */
    WRITE,
    /** Reads that join, nest or sort much. */
    COMPLEX_READ,
    /** Groups and aggregates. */
    AGGREGATION,
    /** Maintenance, bulk transfers, and what hides what it does. */
    BATCH,
    /** Window functions, cubes and their like. */
    ANALYTICS
}
