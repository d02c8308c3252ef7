package io.sluice.tenant.credential;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Secret;
import java.util.Base64;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordHasherTest {
    private static final byte[] SALT = Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==");

    /** Expected keys made by Python's hashlib of the prepared password, the salt of RFC 7677. */
    @ParameterizedTest
    @CsvSource({
        "pencil, WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
        "I\u00adX, jm4XkHvFe7q0xZ4vmAKJUiTKPr1F+7MXnYyksTUVeBE=:EqXM4c5+I7lQ5vHl5Ngu2rY8DBMM1XjG0dY6GEjwLx0=",
        "\u2168, jm4XkHvFe7q0xZ4vmAKJUiTKPr1F+7MXnYyksTUVeBE=:EqXM4c5+I7lQ5vHl5Ngu2rY8DBMM1XjG0dY6GEjwLx0=",
        "p\u00e4ss\u2603, IMOa/78NCz4a6t40k0GM5O//gwwC2+9go8mQes/2gPM=:m4Sk16GFyoH4721yHZyzM3aIRMhFWfvGZqs3osv20fo="
    })
    void preparesPasswordsBySaslprep(String password, String keys) {
        assertThat(hashed(password)).endsWith("$" + keys);
    }

    @Test
    void takesAPasswordAsItIsWhereSaslprepRefusesIt() {
        assertThat(hashed("\u0007pencil"))
                .endsWith(
                        "$8U1H00Se4m00L1JhcSO7G0Rycgy5lkvgXliqAGxAEkI=:LtQ/avwbutwhJvb17y3qds8ltw8Y7aUV+3PaC1qW/pA=");
        assertThat(hashed("\u00ad"))
                .as("nothing is left of a soft hyphen")
                .endsWith(
                        "$6NKRSAaMA7feeyAY5liboErlh91+ejcpcXqPl+AeXBY=:orz22V+mnCIid2zL9pMq5V4d610w19HS4xg/K1u2MV8=");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void hashesWhateverPassword(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 2_000; round++) {
            StringBuilder password = new StringBuilder();
            for (int length = 1 + random.nextInt(4); length > 0; length--) {
                password.appendCodePoint(
                        1 + random.nextInt(random.nextBoolean() ? 0x3000 : 0x10ffff));
            }
            assertThat(PasswordHasher.scram(new Secret(password.toString()), SALT, 1))
                    .as("seed %d round %d", seed, round)
                    .isNotNull();
        }
    }

    @Test
    void hashesALongPasswordWhole() {
        String password = "p".repeat(65_535);

        assertThat(hashed(password)).isNotEqualTo(hashed(password + "q"));
    }

    @Test
    void saltsEveryVerifierAnew() {
        Secret pencil = new Secret("pencil");

        assertThat(PasswordHasher.scram(pencil, 16).salt()).hasSize(16);
        assertThat(PasswordHasher.scram(pencil, 16)).isNotEqualTo(PasswordHasher.scram(pencil, 16));
    }

    private static String hashed(String password) {
        return PasswordHasher.scram(new Secret(password), SALT, 4096).format().reveal();
    }
}
