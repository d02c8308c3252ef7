package io.sluice.console;

import io.sluice.config.ConsoleConfig.Role;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All commands by name. Immutable. */
final class Commands {
    private final Map<String, Command> byName = new LinkedHashMap<>();

    Commands(List<List<Command>> groups) {
        for (List<Command> group : groups) {
            for (Command command : group) {
                if (byName.put(command.name(), command) != null) {
                    throw new IllegalArgumentException("two commands " + command.name());
                }
            }
        }
    }

    @Nullable Command find(String name) {
        return byName.get(name);
    }

    Collection<Command> all() {
        return Collections.unmodifiableCollection(byName.values());
    }

    /** One line for each command that a role may give. */
    String usage(Role role) {
        StringBuilder lines = new StringBuilder();
        for (Command command : byName.values()) {
            if (!command.usage().isEmpty() && command.roles().contains(role)) {
                lines.append("\n\t").append(command.usage());
            }
        }
        return lines.toString();
    }
}
