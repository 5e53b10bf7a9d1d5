package io.headgate.export;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** A workbook for what it is, a zip of XML: read as a stream, and without the library that helps to write it. */
final class PlainWorkbook implements AutoCloseable {

    private static final String RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

    private static final XMLInputFactory XML = XMLInputFactory.newDefaultFactory();

    static { // a sheet is larger than what the parser takes by default
        XML.setProperty("jdk.xml.maxGeneralEntitySizeLimit", 0);
        XML.setProperty("jdk.xml.totalEntitySizeLimit", 0);
    }

    private final ZipFile zip;

    PlainWorkbook(Path file) throws IOException {
        zip = new ZipFile(file.toFile());
    }

    /** Where each sheet is, by its name, in the order in which they are shown. */
    Map<String, String> sheets() throws IOException, XMLStreamException {
        Map<String, String> places = new HashMap<>();
        elements(
                "xl/_rels/workbook.xml.rels",
                "Relationship",
                xml -> places.put(attribute(xml, "Id"), attribute(xml, "Target")));
        Map<String, String> sheets = new LinkedHashMap<>();
        elements(
                "xl/workbook.xml",
                "sheet",
                xml -> sheets.put(
                        attribute(xml, "name"),
                        "xl/"
                                + Optional.ofNullable(places.get(xml.getAttributeValue(RELATIONS, "id")))
                                        .orElseThrow()));
        return sheets;
    }

    private static String attribute(XMLStreamReader xml, String name) {
        return Optional.ofNullable(xml.getAttributeValue(null, name))
                .orElseThrow(() -> new AssertionError(xml.getLocalName() + " has no " + name));
    }

    private void elements(String place, String name, Consumer<XMLStreamReader> read)
            throws IOException, XMLStreamException {
        try (InputStream in = open(place)) {
            XMLStreamReader xml = XML.createXMLStreamReader(in);
            while (xml.hasNext()) {
                if (xml.next() == XMLStreamConstants.START_ELEMENT
                        && xml.getLocalName().equals(name)) {
                    read.accept(xml);
                }
            }
        }
    }

    /** One row after the other, each as the texts that stand in its cells. */
    void rows(String place, Consumer<List<String>> read) throws IOException, XMLStreamException {
        List<String> row = new ArrayList<>();
        var cell = new StringBuilder();
        try (InputStream in = open(place)) {
            XMLStreamReader xml = XML.createXMLStreamReader(in);
            while (xml.hasNext()) {
                int event = xml.next();
                if (event == XMLStreamConstants.CHARACTERS) {
                    cell.append(xml.getText());
                } else if (event == XMLStreamConstants.START_ELEMENT
                        && xml.getLocalName().equals("c")) {
                    cell.setLength(0);
                } else if (event == XMLStreamConstants.END_ELEMENT
                        && xml.getLocalName().equals("c")) {
                    row.add(cell.toString());
                } else if (event == XMLStreamConstants.END_ELEMENT
                        && xml.getLocalName().equals("row")) {
                    read.accept(row);
                    row.clear();
                }
            }
        }
    }

    private InputStream open(String place) throws IOException {
        ZipEntry entry = Optional.ofNullable(zip.getEntry(place))
                .orElseThrow(() -> new AssertionError("the workbook has no " + place));
        return zip.getInputStream(entry);
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
