package io.sluice.resp.it;

import io.sluice.testbed.RedisVersion;
import io.sluice.testbed.RespValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The differences that there are with servers of a version, by commands. */
final class Known {
    private final Map<String, List<Difference>> outside = new HashMap<>();
    private final Map<String, List<Difference>> inMulti = new HashMap<>();

    Known(List<Difference> differences, RedisVersion version) {
        differences.stream().filter(each -> each.concerns(version)).forEach(this::add);
    }

    private void add(Difference difference) {
        for (String name : difference.commands()) {
            if (difference.how() != Difference.How.REFUSED_IN_MULTI) {
                outside.computeIfAbsent(name, _ -> new ArrayList<>()).add(difference);
            }
            if (difference.how().isInMulti()) {
                inMulti.computeIfAbsent(name, _ -> new ArrayList<>()).add(difference);
            }
        }
    }

    /** Whether a command is always refused. */
    boolean isRefused(String name) {
        return outside.getOrDefault(name, List.of()).stream()
                .anyMatch(each -> each.how() == Difference.How.REFUSED);
    }

    /** Whether a command inside MULTI may be what EXEC is refused for. */
    boolean mayAbort(String name) {
        return inMulti.containsKey(name);
    }

    /**
     * How replies of a command differ.
     *
     * @param multi whether these are replies to it inside MULTI
     * @return null if that is not known of it
     */
    Difference.@Nullable How how(String name, boolean multi, RespValue direct, RespValue proxied) {
        return (multi ? inMulti : outside)
                .getOrDefault(name, List.of()).stream()
                        .map(Difference::how)
                        .filter(how -> how.allows(direct, proxied))
                        .findFirst()
                        .orElse(null);
    }
}
