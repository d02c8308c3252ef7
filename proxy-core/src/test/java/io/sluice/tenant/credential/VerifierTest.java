package io.sluice.tenant.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.config.CredentialConfig;
import io.sluice.config.Secret;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VerifierTest {
    /** Made by Python's hashlib from "pencil" and RFC 7677's salt. */
    static final String PENCIL =
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

    private static Verifier of(String secret) {
        return Verifier.of(new Secret(secret), "app");
    }

    @Test
    void tellsTheThreeFormsOfASecretApart() {
        assertThat(of("md5" + "0123456789abcdef".repeat(2))).isInstanceOf(Verifier.Md5.class);
        assertThat(of(PENCIL)).isInstanceOf(Verifier.Scram.class);
        assertThat(of("pencil")).isEqualTo(new Verifier.Plain(new Secret("pencil")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"md5", "md5isold", "md50123456789ABCDEF0123456789ABCDEF", "SCRAM-SHA-256"})
    void takesWhatOnlyResemblesAStoredFormAsAPasswordAsPostgresDoes(String secret) {
        assertThat(of(secret)).isInstanceOf(Verifier.Plain.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SCRAM-SHA-256$",
                "SCRAM-SHA-256$4096",
                "SCRAM-SHA-256$0:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
                "SCRAM-SHA-256$-1:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
                "SCRAM-SHA-256$9999999999:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
                "SCRAM-SHA-256$4096:%%%%$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
                "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$c2hvcnQ=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
                "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=",
                "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:c2hvcnQ="
            })
    void refusesABrokenScramVerifierWithoutRepeatingIt(String secret) {
        assertThatThrownBy(() -> of(secret))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("WG5d8")
                .hasMessageNotContaining("wfPL")
                .hasMessageNotContaining("c2hv");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\0b"})
    void refusesASecretThatNoProtocolCanCarry(String secret) {
        assertThatThrownBy(() -> of(secret)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void showsNoSecretAnywhere() {
        for (Verifier verifier :
                List.of(
                        of("pencil"),
                        of(PENCIL),
                        PasswordHasher.md5(new Secret("pencil"), "app"))) {
            assertThat(verifier.toString())
                    .doesNotContain("pencil", "WG5d8", "wfPL")
                    .doesNotContain(
                            PasswordHasher.md5(new Secret("pencil"), "app").hash().reveal());
        }
    }

    @Test
    void readsTrustAndEverySecretOfAUser() {
        assertThat(Verifier.allOf(new CredentialConfig(true, List.of()), "app"))
                .containsExactly(new Verifier.Trust());
        assertThat(
                        Verifier.allOf(
                                new CredentialConfig(
                                        false, List.of(new Secret("old"), new Secret(PENCIL))),
                                "app"))
                .hasExactlyElementsOfTypes(Verifier.Plain.class, Verifier.Scram.class);
    }

    @Test
    void writesAScramVerifierAsItWasRead() {
        assertThat(ScramVerifier.parse(new Secret(PENCIL)).format().reveal()).isEqualTo(PENCIL);
    }

    @Test
    void distinguishesScramVerifiersByEachPart() {
        ScramVerifier pencil = ScramVerifier.parse(new Secret(PENCIL));

        assertThat(pencil).isEqualTo(ScramVerifier.parse(new Secret(PENCIL)));
        for (String other :
                List.of(
                        PENCIL.replace("4096", "4097"),
                        PENCIL.replace("W22Z", "W22a"),
                        PENCIL.replace("WG5d", "WG5e"),
                        PENCIL.replace("wfPL", "wfPM"))) {
            assertThat(pencil).isNotEqualTo(ScramVerifier.parse(new Secret(other)));
        }
    }

    /** The inner hash is the well-known pg_authid entry of postgres/postgres. */
    @Test
    void hashesMd5AsPostgresDoes() {
        assertThat(PasswordHasher.md5(new Secret("postgres"), "postgres").format().reveal())
                .isEqualTo("md53175bce1d3201d16594cebf9d7eb3f9d");
        assertThat(PasswordHasher.md5(new Secret("secret"), "app").answer(0x93f102ff).reveal())
                .isEqualTo("md5eae499444b4d182b8774b75ff9c6d4de");
    }

    @Test
    void checksACleartextPasswordAgainstAnMd5Hash() {
        Verifier.Md5 stored = PasswordHasher.md5(new Secret("secret"), "app");

        assertThat(stored.matches(new Secret("secret"))).isTrue();
        assertThat(stored.matches(new Secret("Secret"))).isFalse();
    }
}
