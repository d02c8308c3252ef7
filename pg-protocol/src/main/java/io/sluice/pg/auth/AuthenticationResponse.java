package io.sluice.pg.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.sluice.config.Secret;
import org.jspecify.annotations.Nullable;

/**
 * A client's {@code 'p'} message. Its bytes do not say which of the three it is: what was asked
 * does. None shows its content in {@code toString}.
 */
public sealed interface AuthenticationResponse {

    /** The password, or its md5 answer. */
    record PasswordMessage(Secret password) implements AuthenticationResponse {

        static PasswordMessage read(ByteBuf payload) throws MalformedAuthentication {
            Payload fields = new Payload(payload);
            String password = fields.cString();
            fields.end();
            return new PasswordMessage(new Secret(password));
        }
    }

    /**
     * The choice of a SASL mechanism.
     *
     * @param data its first message; null if the client wants to be asked for it
     */
    record SaslInitialResponse(String mechanism, @Nullable String data)
            implements AuthenticationResponse {

        static SaslInitialResponse read(ByteBuf payload) throws MalformedAuthentication {
            Payload fields = new Payload(payload);
            String mechanism = fields.cString();
            int length = fields.int32();
            if (length == -1) {
                fields.end();
                return new SaslInitialResponse(mechanism, null);
            }
            if (length != fields.remaining()) {
                throw new MalformedAuthentication("length of the initial response is wrong");
            }
            return new SaslInitialResponse(mechanism, fields.rest());
        }

        @Override
        public String toString() {
            return "SaslInitialResponse[" + mechanism + "]";
        }
    }

    /** A further message of the mechanism. */
    record SaslResponse(String data) implements AuthenticationResponse {

        static SaslResponse read(ByteBuf payload) throws MalformedAuthentication {
            return new SaslResponse(new Payload(payload).rest());
        }

        @Override
        public String toString() {
            return "SaslResponse[" + data.length() + " characters]";
        }
    }

    /** The message's type byte. */
    byte TYPE = 'p';

    /**
     * Appends the whole message, type byte and length included, to {@code out}, which is borrowed.
     */
    default void writeTo(ByteBuf out) {
        out.writeByte(TYPE);
        int start = out.writerIndex();
        out.writeInt(0);
        switch (this) {
            case PasswordMessage(Secret password) -> {
                out.writeCharSequence(password.reveal(), UTF_8);
                out.writeByte(0);
            }
            case SaslInitialResponse(String mechanism, String data) -> {
                out.writeCharSequence(mechanism, UTF_8);
                out.writeByte(0);
                if (data == null) {
                    out.writeInt(-1);
                } else {
                    int lengthAt = out.writerIndex();
                    out.writeInt(0);
                    int length = out.writeCharSequence(data, UTF_8);
                    out.setInt(lengthAt, length);
                }
            }
            case SaslResponse(String data) -> out.writeCharSequence(data, UTF_8);
        }
        out.setInt(start, out.writerIndex() - start);
    }
}
