package io.sluice.tenant;

import io.sluice.config.SluiceConfig;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * All by which a client can say to which tenant it belongs: the listener it came in by, the TLS
 * server name (its first label), an option of its protocol's own, and a suffix of its user name
 * behind the last dot. Where two of these disagree it is to be refused. Immutable; any thread.
 *
 * @param byListener the tenant that the listener fixes; null if it fixes none
 * @param serverName the whole name that TLS told; null if it told none
 * @param byOption null where the protocol has no such option, or the client did not use it
 * @param userName as the client sent it
 */
public record TenantClaim(
        @Nullable String byListener,
        @Nullable String serverName,
        @Nullable String byOption,
        String userName) {

    /** What a claim comes to. */
    public sealed interface Reading {

        /**
         * One tenant is named, which need not exist: only server names and suffixes are held
         * against those that do.
         *
         * @param user the name within that tenant
         */
        record Named(String tenant, String user) implements Reading {}

        /** None is named. */
        record Unnamed(String user) implements Reading {}

        /** Two different ones are named. */
        record Contradiction() implements Reading {}
    }

    /** Reads it by the tenants that there are: what stands behind a dot may be part of a name. */
    public Reading in(SluiceConfig config) {
        String user = userName;
        String bySuffix = null;
        int dot = user.lastIndexOf('.');
        if (dot > 0 && config.tenants().containsKey(user.substring(dot + 1))) {
            bySuffix = user.substring(dot + 1);
            user = user.substring(0, dot);
        }
        String tenant = null;
        for (String named :
                new @Nullable String[] {byListener, byServerName(config), byOption, bySuffix}) {
            if (named != null && tenant != null && !named.equals(tenant)) {
                return new Reading.Contradiction();
            }
            tenant = tenant == null ? named : tenant;
        }
        return tenant == null ? new Reading.Unnamed(user) : new Reading.Named(tenant, user);
    }

    /**
     * The tenant that the client names, whether or not there is such a one: the answer to it must
     * not tell.
     *
     * @param otherwise what stands for it if it names none
     */
    public String claimed(SluiceConfig config, String otherwise) {
        int dot = userName.lastIndexOf('.');
        if (byListener != null) {
            return byListener;
        } else if (byOption != null) {
            return byOption;
        } else if (dot > 0) {
            return userName.substring(dot + 1);
        }
        String byServerName = byServerName(config);
        return byServerName == null ? otherwise : byServerName;
    }

    private @Nullable String byServerName(SluiceConfig config) {
        if (serverName == null) {
            return null;
        }
        int dot = serverName.indexOf('.');
        String label =
                (dot < 0 ? serverName : serverName.substring(0, dot)).toLowerCase(Locale.ROOT);
        return config.tenants().containsKey(label) ? label : null;
    }
}
