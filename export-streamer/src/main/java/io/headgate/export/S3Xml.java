package io.headgate.export;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * An answer of S3, as far as anybody asks: the texts below its root, and the entries of its lists. It comes from elsewhere,
 * so that entities and documents' types are not read.
 *
 * @param texts of elements that stand alone
 * @param entries elements that have others in them, with the texts of those, by the elements' names
 */
record S3Xml(String root, Map<String, String> texts, Map<String, List<Map<String, String>>> entries) {

    private static XMLInputFactory readers() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        return factory;
    }

    static S3Xml parse(byte[] answer) throws IOException {
        var xml = new S3Xml("", new HashMap<>(), new HashMap<>());
        if (answer.length == 0) {
            return xml;
        }
        try {
            XMLStreamReader reader = readers().createXMLStreamReader(new ByteArrayInputStream(answer));
            reader.nextTag();
            String root = reader.getLocalName();
            while (reader.nextTag() == XMLStreamConstants.START_ELEMENT) {
                xml.read(reader);
            }
            return new S3Xml(root, xml.texts, xml.entries);
        } catch (XMLStreamException e) {
            throw new IOException("an answer of S3 cannot be read", e);
        }
    }

    private void read(XMLStreamReader reader) throws XMLStreamException {
        String name = reader.getLocalName();
        var text = new StringBuilder();
        Map<String, String> inside = new HashMap<>();
        while (reader.next() != XMLStreamConstants.END_ELEMENT) {
            if (reader.isStartElement()) {
                inside.put(reader.getLocalName(), flat(reader));
            } else if (reader.isCharacters()) {
                text.append(reader.getText());
            }
        }
        if (inside.isEmpty()) {
            texts.put(name, text.toString());
        } else {
            entries.computeIfAbsent(name, _ -> new ArrayList<>()).add(inside);
        }
    }

    /** What is deeper than anybody asks is skipped. */
    private static String flat(XMLStreamReader reader) throws XMLStreamException {
        var text = new StringBuilder();
        for (int depth = 1; depth > 0; ) {
            switch (reader.next()) {
                case XMLStreamConstants.START_ELEMENT -> depth++;
                case XMLStreamConstants.END_ELEMENT -> depth--;
                case XMLStreamConstants.CHARACTERS -> text.append(reader.getText());
                default -> {}
            }
        }
        return text.toString();
    }

    boolean isError() {
        return root.equals("Error");
    }

    Optional<String> text(String element) {
        return Optional.ofNullable(texts.get(element));
    }

    String require(String element) throws IOException {
        return text(element)
                .orElseThrow(() -> new IOException("an answer of S3 without " + element + " (expected: one)"));
    }

    List<Map<String, String>> entries(String element) {
        return entries.getOrDefault(element, List.of());
    }
}
