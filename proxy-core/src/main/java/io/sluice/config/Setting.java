package io.sluice.config;

/**
 * One value in force.
 *
 * @param path the key it is in force for
 * @param value as it would be written: a Boolean, Integer, String, or a list of Strings; a secret
 *     is {@code ***}
 * @param definedAt the key it was written under, which is another one where it is inherited
 * @param where where that was written
 */
record Setting(KeyPath path, Object value, KeyPath definedAt, Location where) {}
