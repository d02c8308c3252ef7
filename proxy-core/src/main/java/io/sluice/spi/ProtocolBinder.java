package io.sluice.spi;

import io.sluice.config.DatabaseConfig;
import io.sluice.config.ListenerConfig;
import io.sluice.config.Section;
import io.sluice.config.ServiceConfig;
import io.sluice.config.UserConfig;
import java.util.List;
import java.util.Map;

/**
 * Reads a protocol's own keys out of the configuration.
 *
 * <p>Each method is given the section with everything that core reads from it already taken; it
 * must take its own keys and leave the rest, which is reported as unknown. Wrong values are
 * reported to the section, never thrown. Returned objects are immutable and come back as {@code
 * protocolSettings}.
 *
 * <p>Sections of databases and users lie over that of the service, and this over {@code
 * sluice.<protocol>}; a backend's lies over {@code sluice.<protocol>.backend}. So a key that may
 * stand on several levels is simply read on each, and {@link Section#has} tells whether it was said
 * right there. The defaults of {@code sluice.<protocol> { }} stand, each with a comment that
 * explains it, in the resource {@code reference-<protocol>.conf} beside this class's own, written
 * out from {@code sluice} on; {@code Needs a restart} in a comment keeps a reload from applying it.
 *
 * <p>Called from the thread that loads the configuration, never from an event loop.
 */
public interface ProtocolBinder {

    /** {@code sluice.<protocol>}: what holds for the whole protocol. */
    Object bindGlobal(Section section);

    /** {@code sluice.backends.<name>} of this protocol. */
    Object bindBackend(Section section);

    /** {@code sluice.tenants.<tenant>.<protocol>}. */
    Object bindService(Section section, Object global);

    /** {@code ….databases.<name>}. */
    Object bindDatabase(Section section, Object service);

    /**
     * Databases that a tenant has without having named them, by the name clients use: where these
     * are numbers. They come behind those that it has named.
     *
     * @param service what {@link #bindService} returned
     */
    default Map<String, DatabaseConfig> databases(Object service) {
        return Map.of();
    }

    /**
     * Server connections that a user of a service may have of one database beside {@code pool.max}:
     * where pools have lanes. Those of {@link io.sluice.pool.Lane#BLOCKING} do not belong to them.
     *
     * @param service what {@link #bindService} returned
     */
    default int connectionsBesidePool(Object service) {
        return 0;
    }

    /** Whether {@code pool.min} connections are kept warm. */
    default boolean keepsConnectionsWarm() {
        return true;
    }

    /** {@code ….users.<name>}. */
    Object bindUser(Section section, Object service);

    /**
     * Reports what no key of a bound user is wrong about by itself: what does not fit together.
     *
     * @param section {@code ….users.<name>}
     * @param service what {@link #bindService} returned
     */
    default void checkUser(Section section, UserConfig user, Object service) {}

    /**
     * Reports what no key of a bound service is wrong about by itself: what does not fit together.
     *
     * @param section {@code sluice.tenants.<tenant>.<protocol>}
     * @param listeners where clients of the tenant may come in
     */
    default void checkService(
            Section section, ServiceConfig service, List<ListenerConfig> listeners) {}

    /**
     * Reports what services of several tenants are not to be to each other.
     *
     * @param services this protocol's, by tenant, in the order of the file
     */
    default void checkTenants(Map<String, ServiceConfig> services, Complaints complaints) {}

    /** Where {@link #checkTenants} reports to. */
    @FunctionalInterface
    interface Complaints {
        /**
         * Reports that a value cannot be beside those of other tenants.
         *
         * @param key of {@code sluice.tenants.<tenant>.<protocol>}
         * @param message one line: what is wrong and what to do
         */
        void reject(String tenant, String key, String message);
    }
}
