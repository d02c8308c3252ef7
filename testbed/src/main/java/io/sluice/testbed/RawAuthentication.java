package io.sluice.testbed;

import com.ongres.scram.client.ScramClient;
import com.ongres.scram.common.exception.ScramException;
import com.ongres.scram.common.util.TlsServerEndpoint;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A client's side of one login: trust, password, md5, SCRAM-SHA-256 and, over TLS, -PLUS. */
final class RawAuthentication {

    private final String user;
    private final String password;
    private final Socket socket;
    private @Nullable ScramClient scram;

    RawAuthentication(String user, String password, Socket socket) {
        this.user = user;
        this.password = password;
        this.socket = socket;
    }

    /** What to send for an Authentication message; null if nothing. */
    byte @Nullable [] answer(PgMessage authentication) throws IOException {
        ByteBuffer request = authentication.reader();
        int code = request.getInt();
        byte[] data = new byte[request.remaining()];
        request.get(data);
        return switch (code) {
            case 0 -> null;
            case 3 -> FrontendBytes.password(password);
            case 5 -> FrontendBytes.password(md5(data));
            case 10 -> startScram(data);
            case 11 -> continueScram(text(data));
            case 12 -> finishScram(text(data));
            default -> throw new IOException("cannot log in by Authentication " + code);
        };
    }

    private byte[] startScram(byte[] offered) throws IOException {
        var mechanisms = new ArrayList<String>();
        ByteBuffer names = ByteBuffer.wrap(offered);
        for (String name = PgMessage.string(names);
                !name.isEmpty();
                name = PgMessage.string(names)) {
            mechanisms.add(name);
        }
        var builder =
                ScramClient.builder()
                        .advertisedMechanisms(mechanisms)
                        .username("*") // PostgreSQL takes the user from the startup message
                        .password(password.toCharArray());
        byte @Nullable [] binding = channelBinding();
        if (binding != null) {
            builder.channelBinding(TlsServerEndpoint.TLS_SERVER_END_POINT, binding);
        }
        scram = builder.build();
        return FrontendBytes.saslInitialResponse(
                scram.getScramMechanism().getName(),
                scram.clientFirstMessage().toString().getBytes(StandardCharsets.UTF_8));
    }

    private byte[] continueScram(String data) throws IOException {
        try {
            ScramClient exchange = started();
            exchange.serverFirstMessage(data);
            return FrontendBytes.saslResponse(
                    exchange.clientFinalMessage().toString().getBytes(StandardCharsets.UTF_8));
        } catch (ScramException e) {
            throw new IOException(data, e);
        }
    }

    private byte @Nullable [] finishScram(String data) throws IOException {
        try {
            started().serverFinalMessage(data);
            return null;
        } catch (ScramException e) {
            throw new IOException(data, e);
        }
    }

    private ScramClient started() throws IOException {
        if (scram == null) {
            throw new IOException("the server continues a SASL exchange that it has not begun");
        }
        return scram;
    }

    private byte @Nullable [] channelBinding() throws IOException {
        if (!(socket instanceof SSLSocket tls)) {
            return null;
        }
        try {
            return TlsServerEndpoint.getChannelBindingData(
                    (X509Certificate) tls.getSession().getPeerCertificates()[0]);
        } catch (CertificateEncodingException e) {
            throw new IOException(e);
        }
    }

    private String md5(byte[] salt) throws IOException {
        String inner = hexMd5((password + user).getBytes(StandardCharsets.UTF_8));
        return "md5" + hexMd5(FrontendBytes.all(inner.getBytes(StandardCharsets.US_ASCII), salt));
    }

    private static String hexMd5(byte[] bytes) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private static String text(byte[] data) {
        return new String(data, StandardCharsets.UTF_8);
    }
}
