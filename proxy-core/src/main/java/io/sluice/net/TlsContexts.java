package io.sluice.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import io.sluice.config.TlsConfig;
import io.sluice.config.TlsMaterial;
import io.sluice.config.TlsMode;
import java.io.IOException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Keys and certificates, read once and again at each reload. Connections that are up keep what they
 * were made with; new ones get the new.
 *
 * <p><b>Threads:</b> any may look up; contexts are made by the one thread that starts and reloads,
 * because reading files blocks.
 */
public final class TlsContexts implements AutoCloseable {
    private static final Logger LOG = LogManager.getLogger(TlsContexts.class);

    private final Map<TlsConfig, ServerSide> servers = new ConcurrentHashMap<>();
    private final Map<TlsConfig, SslContext> clients = new ConcurrentHashMap<>();

    /** Read, but not in use yet. */
    private final Map<TlsConfig, ServerSide> preparedServers = new HashMap<>();

    private final Map<TlsConfig, SslContext> preparedClients = new HashMap<>();

    /** Replaced by a reload, but a loop may just be using one: freed at the reload after. */
    private final List<SslContext> replaced = new ArrayList<>();

    /**
     * What a listener needs.
     *
     * @param certificate our own, for channel binding (RFC 5929 tls-server-end-point)
     */
    public record ServerSide(SslContext context, X509Certificate certificate) {}

    /** Puts TLS between a channel's socket and all of its handlers; on the channel's loop. */
    public static void install(SslHandler tls, Channel channel) {
        ChannelPipeline pipeline = channel.pipeline();
        if (pipeline.get(NoReadsWhileClosing.NAME) == null) {
            pipeline.addFirst(tls);
        } else {
            pipeline.addAfter(NoReadsWhileClosing.NAME, null, tls);
        }
    }

    /**
     * Gives the handler behind TLS what TLS has decrypted already, when another one was there; on
     * the channel's loop.
     *
     * @param early becomes that handler's
     */
    public static void feed(Channel channel, ByteBuf early) {
        ChannelHandlerContext tls = channel.pipeline().context(SslHandler.class);
        if (tls == null) {
            channel.pipeline().fireChannelRead(early);
        } else {
            tls.fireChannelRead(early);
        }
    }

    /** "" or the version and cipher of a channel's TLS; on its loop. */
    public static String words(Channel channel) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls == null) {
            return "";
        }
        SSLSession session = tls.engine().getSession();
        return session.getProtocol() + "/" + session.getCipherSuite();
    }

    /** Frees what the last reload replaced; call before the next one prepares. */
    public void freeReplaced() {
        replaced.forEach(ReferenceCountUtil::release);
        replaced.clear();
    }

    /** Puts all that was prepared in use, or back in use in its new form. */
    public void use() {
        preparedServers.forEach((config, side) -> {
            ServerSide old = servers.put(config, side);
            if (old != null) {
                replaced.add(old.context());
            }
        });
        preparedServers.clear();
        preparedClients.forEach((config, context) -> {
            SslContext old = clients.put(config, context);
            if (old != null) {
                replaced.add(old);
            }
        });
        preparedClients.clear();
    }

    /** Frees what was prepared and shall not be used after all. */
    public void discard() {
        preparedServers.values().forEach(side -> ReferenceCountUtil.release(side.context()));
        preparedServers.clear();
        preparedClients.values().forEach(ReferenceCountUtil::release);
        preparedClients.clear();
    }

    /** Frees everything; call when no loop runs any more. */
    @Override
    public void close() {
        freeReplaced();
        discard();
        servers.values().forEach(side -> ReferenceCountUtil.release(side.context()));
        clients.values().forEach(ReferenceCountUtil::release);
        servers.clear();
        clients.clear();
    }

    /**
     * Reads the files of a listener's TLS, for {@link #use}. Once for each configuration.
     *
     * @param protocols ALPN names to accept where a client offers some; empty: ALPN is not looked
     *     at
     * @throws IOException if a file is missing or cannot be used; the message names it
     */
    public void prepareServer(TlsConfig config, List<String> protocols) throws IOException {
        TlsMaterial material = TlsMaterial.read(config);
        PrivateKey key = material.key();
        if (key == null) {
            throw new IOException("tls: a listener needs a certificate and its key");
        }
        try {
            SslContextBuilder builder =
                    common(SslContextBuilder.forServer(key, chain(material)), config);
            if (!protocols.isEmpty()) {
                builder.applicationProtocolConfig(alpn(protocols));
            }
            preparedServers.put(
                    config, new ServerSide(builder.build(), material.chain().getFirst()));
        } catch (SSLException | IllegalArgumentException e) {
            throw new IOException(
                    "tls: cannot offer certificate %s with protocols %s and ciphers %s: %s"
                            .formatted(
                                    config.certificate(),
                                    config.protocols(),
                                    config.ciphers(),
                                    e.getMessage()),
                    e);
        }
    }

    private static X509Certificate[] chain(TlsMaterial material) {
        return material.chain().toArray(X509Certificate[]::new);
    }

    /**
     * Reads the files of a backend's TLS, for {@link #use}. Once for each configuration.
     *
     * @throws IOException if a file is missing or cannot be used; the message names it
     */
    public void prepareClient(TlsConfig config, List<String> protocols) throws IOException {
        TlsMaterial material = TlsMaterial.read(config);
        boolean verifies =
                config.mode() == TlsMode.VERIFY_CA || config.mode() == TlsMode.VERIFY_FULL;
        if (verifies && material.roots().isEmpty()) {
            throw new IOException("tls: mode " + config.mode() + " needs a ca");
        }
        try {
            SslContextBuilder builder = common(SslContextBuilder.forClient(), config);
            if (verifies) {
                builder.trustManager(material.roots().toArray(X509Certificate[]::new));
            } else {
                builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
            }
            // Whom the certificate names is checked only where verify-full asks for it.
            builder.endpointIdentificationAlgorithm(
                    config.mode() == TlsMode.VERIFY_FULL ? "HTTPS" : null);
            PrivateKey key = material.key();
            if (key != null) {
                builder.keyManager(key, chain(material));
            }
            if (!protocols.isEmpty()) {
                builder.applicationProtocolConfig(alpn(protocols));
            }
            preparedClients.put(config, builder.build());
        } catch (SSLException | IllegalArgumentException e) {
            throw new IOException(
                    "tls: cannot connect with protocols %s and ciphers %s: %s"
                            .formatted(config.protocols(), config.ciphers(), e.getMessage()),
                    e);
        }
    }

    /** The context of a listener whose files were read. */
    public ServerSide server(TlsConfig config) {
        ServerSide side = servers.get(config);
        if (side == null) {
            throw new IllegalStateException("TLS was not prepared for " + config);
        }
        return side;
    }

    /** The context of a backend whose files were read. */
    public SslContext client(TlsConfig config) {
        SslContext context = clients.get(config);
        if (context == null) {
            throw new IllegalStateException("TLS was not prepared for " + config);
        }
        return context;
    }

    private static SslContextBuilder common(SslContextBuilder builder, TlsConfig config) {
        builder.sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK);
        if (!OpenSsl.isAvailable()) {
            LOG.warn(
                    "tls: BoringSSL is not available, the JDK's TLS is used",
                    OpenSsl.unavailabilityCause());
        }
        builder.protocols(config.protocols());
        if (!config.ciphers().isEmpty()) {
            builder.ciphers(config.ciphers());
        }
        return builder;
    }

    private static ApplicationProtocolConfig alpn(List<String> protocols) {
        return new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                protocols);
    }
}
