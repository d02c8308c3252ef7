package io.sluice.console;

import io.sluice.config.ConsoleConfig.Role;

/**
 * Who gives a command; its login has been checked.
 *
 * @param name of the console user
 * @param role what it may do; each command says which roles may give it
 * @param client from where, as logs tell addresses
 */
public record Operator(String name, Role role, String client) {}
