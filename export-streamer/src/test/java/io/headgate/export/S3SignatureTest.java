package io.headgate.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Against the examples that Amazon gives of its own signatures, and one that botocore, its own client, computed. */
class S3SignatureTest {

    private static final String HOST = "examplebucket.s3.amazonaws.com";
    private static final Instant AT = Instant.parse("2013-05-24T00:00:00Z");

    private final S3Signature signature =
            new S3Signature("us-east-1", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");

    @Test
    void signsAReadOfARange() {
        S3Request request = S3Request.of("GET", "/test.txt").header("range", "bytes=0-9");

        assertThat(signature.headers(request, HOST, AT))
                .containsEntry("x-amz-date", "20130524T000000Z")
                .containsEntry(
                        "authorization",
                        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                                + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
                                + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    }

    @Test
    void signsWhatIsPut() {
        byte[] body = "Welcome to Amazon S3.".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        S3Request request = S3Request.of("PUT", "/test%24file.text")
                .header("date", "Fri, 24 May 2013 00:00:00 GMT")
                .header("x-amz-storage-class", "REDUCED_REDUNDANCY")
                .sending(body, Digests.hex(body));

        assertThat(signature.headers(request, HOST, AT).get("authorization"))
                .endsWith("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    }

    @Test
    void signsParametersWithAndWithoutValues() {
        assertThat(signature
                        .headers(S3Request.of("GET", "/").with(Map.of("lifecycle", "")), HOST, AT)
                        .get("authorization"))
                .endsWith("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
        assertThat(signature
                        .headers(S3Request.of("GET", "/").with(Map.of("max-keys", "2", "prefix", "J")), HOST, AT)
                        .get("authorization"))
                .endsWith("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    }

    @Test
    void signsAPartWithKeysThatHaveAToken() {
        byte[] body = "part".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        S3Request request = S3Request.of("PUT", "/exports/some.csv")
                .with(Map.of("uploadId", "a+/=b", "partNumber", "1"))
                .header("x-amz-security-token", "FwoGZXIvYXdzEBYaD/session+token==")
                .sending(body, Digests.hex(body));

        assertThat(request.rawQuery()).isEqualTo("partNumber=1&uploadId=a%2B%2F%3Db");
        assertThat(signature.headers(request, HOST, AT).get("authorization"))
                .endsWith("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"
                        + "Signature=cf2e4b6c061d4cdb7bb670025fd044bbe072572644d63ec1c6dd47cf4bfc5d1e");
    }

    @Test
    void writesParametersAsTheyAreSigned() {
        assertThat(S3Request.of("GET", "/b")
                        .with(Map.of("uploadId", "a b/c+d~e*f=", "uploads", ""))
                        .target())
                .isEqualTo("/b?uploadId=a%20b%2Fc%2Bd~e%2Af%3D&uploads=");
    }
}
