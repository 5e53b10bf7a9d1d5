package io.headgate.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.DatasetSpec;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.Test;

class PdfFormatTest {

    private static final List<ColumnKind> KINDS = List.of(ColumnKind.WHOLE, ColumnKind.TEXT);

    @Test
    void anotherReaderFindsEveryRow() throws IOException {
        RowBatch[] batches = IntStream.range(0, 20)
                .mapToObj(batch -> Batches.of(
                        KINDS,
                        IntStream.range(batch * 10, batch * 10 + 10)
                                .boxed()
                                .flatMap(i -> java.util.stream.Stream.of("" + i, "label" + i))
                                .toArray(String[]::new)))
                .toArray(RowBatch[]::new);

        String text = read(written(batches));

        assertThat(text).contains("200 rows").doesNotContain("typeface");
        for (int i = 0; i < 200; i++) {
            assertThat(text).containsPattern("\\b" + i + " label" + i + "\\b");
        }
    }

    @Test
    void writesLettersBeyondLatinAndTellsWhatItCannotShow() throws IOException {
        String text = read(written(Batches.of(
                KINDS, "1", "\u00fcber \u0416\u0438\u0437\u043d\u044c", "2", "\uD83D\uDE00 \u4e2d", "3", null)));

        assertThat(text)
                .contains("\u00fcber", "\u0416\u0438\u0437\u043d\u044c")
                .contains("3 rows; 2 characters are not in this document's typeface and stand as '?'");
    }

    @Test
    void isADocumentWithoutRows() throws IOException {
        assertThat(read(written())).contains("a b").contains("0 rows");
    }

    private static byte[] written(RowBatch... batches) {
        return Batches.written(new PdfFormat(1_000), Batches.order(DatasetSpec.Format.PDF, 2, Batches.RFC), batches);
    }

    private static String read(byte[] file) throws IOException {
        try (var document = Loader.loadPDF(file)) {
            return new PDFTextStripper().getText(document);
        }
    }
}
