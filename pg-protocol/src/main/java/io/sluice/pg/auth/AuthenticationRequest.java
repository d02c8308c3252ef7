package io.sluice.pg.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/** A server's {@code 'R'} message: what it wants to see, or that it has seen enough. */
public sealed interface AuthenticationRequest {

    /** The client is let in. */
    record Ok() implements AuthenticationRequest {}

    /** The password itself is asked for. */
    record CleartextPassword() implements AuthenticationRequest {}

    /**
     * An md5 of the md5 of the password is asked for; {@code salt} is its four bytes, big endian.
     */
    record Md5Password(int salt) implements AuthenticationRequest {}

    /** One of these SASL mechanisms is asked for, the preferred first. */
    record Sasl(List<String> mechanisms) implements AuthenticationRequest {
        public Sasl {
            mechanisms = List.copyOf(mechanisms);
        }
    }

    /** The mechanism goes on. */
    record SaslContinue(String data) implements AuthenticationRequest {}

    /** The mechanism has ended well, with the server's own proof. */
    record SaslFinal(String data) implements AuthenticationRequest {}

    /** Something that needs more than a password. */
    record Unsupported(int code) implements AuthenticationRequest {
        /** Returns the protocol's name for it. */
        public String name() {
            return switch (code) {
                case 2 -> "Kerberos V5";
                case 4 -> "crypt";
                case 6 -> "SCM credential";
                case 7, 8 -> "GSSAPI";
                case 9 -> "SSPI";
                default -> "unknown (code " + code + ")";
            };
        }
    }

    /** The message's type byte. */
    byte TYPE = 'R';

    /**
     * Reads a message.
     *
     * @param code the first field of the message
     * @param payload what follows the code, whole; borrowed and left as it is
     */
    static AuthenticationRequest read(int code, ByteBuf payload) throws MalformedAuthentication {
        Payload fields = new Payload(payload);
        AuthenticationRequest request =
                switch (code) {
                    case 0 -> new Ok();
                    case 3 -> new CleartextPassword();
                    case 5 -> new Md5Password(fields.int32());
                    case 10 -> new Sasl(mechanisms(fields));
                    case 11 -> new SaslContinue(fields.rest());
                    case 12 -> new SaslFinal(fields.rest());
                    default -> {
                        fields.rest();
                        yield new Unsupported(code);
                    }
                };
        fields.end();
        return request;
    }

    private static List<String> mechanisms(Payload fields) throws MalformedAuthentication {
        List<String> mechanisms = new ArrayList<>();
        String next = fields.cString();
        while (!next.isEmpty()) {
            mechanisms.add(next);
            next = fields.cString();
        }
        return mechanisms;
    }

    /**
     * Appends the whole message, type byte and length included, to {@code out}, which is borrowed.
     */
    default void writeTo(ByteBuf out) {
        out.writeByte(TYPE);
        int start = out.writerIndex();
        out.writeInt(0);
        switch (this) {
            case Ok() -> out.writeInt(0);
            case CleartextPassword() -> out.writeInt(3);
            case Md5Password(int salt) -> out.writeInt(5).writeInt(salt);
            case Sasl(List<String> mechanisms) -> {
                out.writeInt(10);
                for (String mechanism : mechanisms) {
                    out.writeCharSequence(mechanism, UTF_8);
                    out.writeByte(0);
                }
                out.writeByte(0);
            }
            case SaslContinue(String data) -> out.writeInt(11).writeCharSequence(data, UTF_8);
            case SaslFinal(String data) -> out.writeInt(12).writeCharSequence(data, UTF_8);
            case Unsupported(int code) -> out.writeInt(code);
        }
        out.setInt(start, out.writerIndex() - start);
    }
}
