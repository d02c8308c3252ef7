package io.sluice.config;

import java.util.List;
import java.util.Map;

/**
 * One snapshot of everything configured.
 *
 * @param listeners by protocol name ("postgres"), in the order of the file
 * @param timeouts of the outermost layer: only {@code login} is read from here, as it runs before
 *     the tenant is known; all others are resolved in each user
 * @param backends by name
 * @param tenants by name
 * @param protocols what each protocol bound from its own section {@code sluice.<protocol>}
 */
public record SluiceConfig(
        RuntimeConfig runtime,
        Map<String, List<ListenerConfig>> listeners,
        LimitsConfig limits,
        TimeoutsConfig timeouts,
        LogConfig log,
        ConsoleConfig console,
        HttpConfig http,
        Map<String, BackendConfig> backends,
        Map<String, TierConfig> tiers,
        Map<String, TenantConfig> tenants,
        Map<String, Object> protocols) {}
