package io.sluice.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * One snapshot of everything configured.
 *
 * @param listeners by protocol name ("postgres"), in the order of the file
 * @param loginTimeout from accept to logged in, before the tenant is known; all other timeouts are
 *     resolved in each user
 * @param backends by name
 * @param tenants by name
 * @param protocols what each protocol bound from its own section {@code sluice.<protocol>}
 */
public record SluiceConfig(
        RuntimeConfig runtime,
        Map<String, List<ListenerConfig>> listeners,
        LimitsConfig limits,
        Duration loginTimeout,
        LogConfig log,
        ConsoleConfig console,
        HttpConfig http,
        Map<String, BackendConfig> backends,
        Map<String, TierConfig> tiers,
        Map<String, TenantConfig> tenants,
        Map<String, Object> protocols) {}
