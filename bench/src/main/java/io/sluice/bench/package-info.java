/** Benchmarks of single parts, by JMH. Side-by-side runs against peers are in {@code bench/pg}. */
@NullMarked
package io.sluice.bench;

import org.jspecify.annotations.NullMarked;
