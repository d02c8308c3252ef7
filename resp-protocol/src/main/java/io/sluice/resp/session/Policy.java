package io.sluice.resp.session;

import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.command.Danger;
import io.sluice.resp.command.PrefixUse;
import io.sluice.resp.config.Isolation;
import io.sluice.resp.config.RespSettings;
import org.jspecify.annotations.Nullable;

/** Which commands a tenant may use. Immutable but for what it remembers; confined to one loop. */
final class Policy {
    private final RespSettings settings;
    private @Nullable String[] known = new @Nullable String[0];

    Policy(RespSettings settings) {
        this.settings = settings;
    }

    RespSettings settings() {
        return settings;
    }

    /** The error that {@code spec} is refused with; null if it may be used. */
    @Nullable String refusal(CommandSpec spec) {
        int id = spec.id();
        if (id >= known.length) {
            known = java.util.Arrays.copyOf(known, Math.max(id + 1, 2 * known.length));
        }
        String verdict = known[id];
        if (verdict == null) {
            verdict = decide(spec);
            known[id] = verdict;
        }
        return verdict.isEmpty() ? null : verdict;
    }

    private String decide(CommandSpec spec) {
        String name = spec.name();
        String container = name.indexOf(' ') < 0 ? name : name.substring(0, name.indexOf(' '));
        boolean allowed = settings.allow().contains(name) || settings.allow().contains(container);
        if (settings.block().contains(name) || settings.block().contains(container)) {
            return refused(spec, "is blocked");
        }
        if (spec.danger() == Danger.NEVER) {
            return refused(spec, "cannot be used through a shared proxy");
        }
        if (!reaches(spec.danger())) {
            return refused(spec, "would reach beyond this tenant's data");
        }
        if (settings.isolation() == Isolation.PREFIX && spec.prefix() == PrefixUse.REFUSED) {
            return refused(spec, "cannot be kept apart by key prefix");
        }
        if (spec.isBlocked() && !allowed) {
            return refused(spec, "is blocked");
        }
        return "";
    }

    private boolean reaches(Danger danger) {
        return switch (danger) {
            case NONE -> true;
            case OWN_DATABASE -> settings.isolation() != Isolation.PREFIX;
            case OWN_SERVER -> settings.isolation() == Isolation.BACKEND;
            case NEVER -> false;
        };
    }

    private static String refused(CommandSpec spec, String why) {
        return "NOPERM sluice: %s %s%s"
                .formatted(
                        spec.name().toUpperCase(java.util.Locale.ROOT),
                        why,
                        spec.alternative().isEmpty()
                                ? ""
                                : ", use " + spec.alternative() + " instead");
    }
}
