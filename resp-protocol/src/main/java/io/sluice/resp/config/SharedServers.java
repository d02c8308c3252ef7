package io.sluice.resp.config;

import io.sluice.config.ServiceConfig;
import io.sluice.spi.ProtocolBinder.Complaints;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Whether tenants that share a server are kept apart on it: each pair of them is looked at once,
 * and reported in one line, at the later of the two in the file. Two backends are one server if
 * they have an address in common.
 */
final class SharedServers {
    private final Complaints complaints;

    private SharedServers(Complaints complaints) {
        this.complaints = complaints;
    }

    /** One tenant's part of a server. */
    private record Part(String tenant, ServiceConfig service) {
        RespSettings settings() {
            return (RespSettings) service.protocolSettings();
        }

        Isolation isolation() {
            return settings().isolation();
        }

        String prefix() {
            return settings().prefixOf(tenant);
        }

        int first() {
            return settings().firstDatabase();
        }

        int last() {
            return first() + settings().databases() - 1;
        }

        String numbers() {
            return first() == last()
                    ? "database " + first()
                    : "databases " + first() + " to " + last();
        }

        boolean sharesServerWith(Part other) {
            return service.backend().name().equals(other.service.backend().name())
                    || service.backend().hosts().stream()
                            .anyMatch(other.service.backend().hosts()::contains);
        }
    }

    /**
     * Reports what is not kept apart.
     *
     * @param services by tenant
     */
    static void check(Map<String, ServiceConfig> services, Complaints complaints) {
        var checks = new SharedServers(complaints);
        List<Part> before = new ArrayList<>();
        services.forEach((tenant, service) -> {
            var part = new Part(tenant, service);
            before.stream()
                    .filter(other -> other.sharesServerWith(part))
                    .forEach(other -> checks.pair(other, part));
            before.add(part);
        });
    }

    private void pair(Part one, Part two) {
        if (one.isolation() == Isolation.BACKEND || two.isolation() == Isolation.BACKEND) {
            alone(one, two);
        } else if (one.isolation() == Isolation.PREFIX && two.isolation() == Isolation.PREFIX) {
            prefixes(one, two);
        } else if (one.first() <= two.last() && two.first() <= one.last()) {
            numbers(one, two);
        } else {
            prefixes(one, two);
        }
    }

    private void alone(Part one, Part two) {
        boolean isFirst = one.isolation() == Isolation.BACKEND;
        complaints.reject(
                two.tenant(),
                isFirst ? "backend" : "isolation",
                "tenants %s and %s share the server of backend %s, and isolation = backend of %s says that it has that alone: use isolation = prefix or databases for both"
                        .formatted(
                                one.tenant(),
                                two.tenant(),
                                two.service().backend().name(),
                                (isFirst ? one : two).tenant()));
    }

    private void numbers(Part one, Part two) {
        complaints.reject(
                two.tenant(),
                "first-database",
                "%s of tenant %s and %s of tenant %s overlap on one server, where isolation = databases wants them apart: change first-database or database-count"
                        .formatted(two.numbers(), two.tenant(), one.numbers(), one.tenant()));
    }

    /** Channels are of no database, so that prefixes have to differ whatever keeps keys apart. */
    private void prefixes(Part one, Part two) {
        if (one.prefix().startsWith(two.prefix()) || two.prefix().startsWith(one.prefix())) {
            complaints.reject(
                    two.tenant(),
                    "prefix",
                    "\"%s\" of tenant %s and \"%s\" of tenant %s begin alike on one server, so that one would reach the other's names: choose prefixes of which none begins with the other"
                            .formatted(two.prefix(), two.tenant(), one.prefix(), one.tenant()));
        }
    }
}
