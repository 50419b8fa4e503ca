// A phone from outside: JavaRosa, the engine of ODK Collect and KoboCollect, fills in the forms Embers makes, and the
// conversation of the OpenRosa specifications carries them. Nothing of Embers is used here.
//
//   ask FOLDER   reads scripts (the id of a form, then lines name=value, then a blank line), fills each in with the form
//        and the lists of the folder, and tells what was asked
//   fill SERVER TOKEN FORM FOLDER OUT.xml   fetches form list, form, manifest and its files, each compared with the hash
//        stated for it; fills in the script on standard input and writes the submission
//   send SERVER TOKEN FOLDER [slow|chunked]   sends form.xml of a folder with its other files, as ODK Collect does
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import javax.xml.parsers.DocumentBuilderFactory;
import org.javarosa.core.model.Constants;
import org.javarosa.core.model.CoreModelModule;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.FormIndex;
import org.javarosa.core.model.SelectChoice;
import org.javarosa.core.model.data.AnswerDataFactory;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.data.MultipleItemsData;
import org.javarosa.core.model.data.SelectMultiData;
import org.javarosa.core.model.data.SelectOneData;
import org.javarosa.core.model.data.StringData;
import org.javarosa.core.model.data.UncastData;
import org.javarosa.core.model.data.helper.Selection;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.reference.PrefixedRootFactory;
import org.javarosa.core.reference.Reference;
import org.javarosa.core.reference.ReferenceManager;
import org.javarosa.core.services.PrototypeManager;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.form.api.FormEntryPrompt;
import org.javarosa.model.xform.XFormSerializingVisitor;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.parse.XFormParser;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

public class PhoneClient {
    public static void main(String[] given) throws Exception {
        switch (given[0]) {
            case "ask" -> ask(given[1]);
            case "fill" -> {
                fetch(given[1], given[2], given[3], Path.of(given[4]));
                fill(given[4] + "/" + given[3] + ".xml", given[4], Path.of(given[5]));
            }
            case "send" -> send(given[1], given[2], new File(given[3]), given.length > 4 ? given[4] : "");
            default -> throw new IllegalArgumentException(given[0]);
        }
    }

    // --- forms ---------------------------------------------------------------------------------------

    static FormDef open(String form, String lists) throws Exception {
        PrototypeManager.registerPrototypes(CoreModelModule.classNames);
        new XFormsModule().registerModule();
        ReferenceManager.instance().reset();
        ReferenceManager.instance().addReferenceFactory(new PrefixedRootFactory(new String[] {"file-csv/", "file/"}) {
            @Override
            protected Reference factory(String terminal, String uri) {
                return new Local(new File(lists, terminal).getPath(), uri);
            }
        });
        FormDef found;
        try (Reader reader = new FileReader(form, StandardCharsets.UTF_8)) {
            found = new XFormParser(reader).parse(form, null);
        }
        found.initialize(true, new InstanceInitializationFactory());
        return found;
    }

    record Local(String path, String uri) implements Reference {
        public boolean doesBinaryExist() { return new File(path).exists(); }
        public InputStream getStream() throws IOException { return Files.newInputStream(Path.of(path)); }
        public String getURI() { return uri; }
        public String getLocalURI() { return path; }
        public boolean isReadOnly() { return true; }
        public OutputStream getOutputStream() { throw new UnsupportedOperationException(); }
        public void remove() { throw new UnsupportedOperationException(); }
        public Reference[] probeAlternativeReferences() { return new Reference[0]; }
    }

    static void ask(String folder) throws Exception {
        List<String> script = new ArrayList<>();
        Scanner lines = new Scanner(System.in, StandardCharsets.UTF_8);
        while (lines.hasNextLine()) {
            String line = lines.nextLine();
            if (line.isBlank()) {
                walk(open(folder + "/" + script.remove(0) + ".xml", folder), script, true);
                System.out.println();
                script.clear();
            } else {
                script.add(line);
            }
        }
    }

    static void fill(String form, String lists, Path out) throws Exception {
        List<String> script = new ArrayList<>();
        new Scanner(System.in, StandardCharsets.UTF_8).useDelimiter("\n").forEachRemaining(script::add);
        FormDef filled = open(form, lists);
        walk(filled, script, false);
        filled.postProcessInstance();
        Files.write(out, new XFormSerializingVisitor().serializeInstance(filled.getInstance(), filled));
    }

    /** Goes through the form as a person does: forward, answering what is asked; repeats go on while there are answers. */
    static void walk(FormDef form, List<String> script, boolean tell) throws Exception {
        Map<String, Deque<String>> answers = new HashMap<>();
        for (String line : script) {
            int at = line.indexOf('=');
            answers.computeIfAbsent(line.substring(0, at), name -> new ArrayDeque<>()).add(line.substring(at + 1));
        }
        FormEntryController at = new FormEntryController(new FormEntryModel(form));
        FormEntryModel model = at.getModel();
        at.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        int event;
        while ((event = at.stepToNextEvent()) != FormEntryController.EVENT_END_OF_FORM) {
            String name = model.getFormIndex().getReference() == null ? "" : model.getFormIndex().getReference().getNameLast();
            if (event == FormEntryController.EVENT_PROMPT_NEW_REPEAT) {
                if (answers.getOrDefault("+" + name, new ArrayDeque<>()).poll() != null) {
                    at.newRepeat();
                }
            } else if (event == FormEntryController.EVENT_QUESTION) {
                FormEntryPrompt prompt = model.getQuestionPrompt();
                Deque<String> left = answers.get(name);
                String text = left == null ? null : left.poll();
                String told = prompt.isReadOnly() ? "shown " : "asked ";
                IAnswerData answer = text == null ? prompt.getAnswerValue() : answer(prompt, text);
                if (text != null && answer == null) {
                    told = "no-choice ";
                } else if (!prompt.isReadOnly()) {
                    int outcome = at.answerQuestion(model.getFormIndex(), answer, true);
                    if (outcome == FormEntryController.ANSWER_CONSTRAINT_VIOLATED) {
                        told = "refused ";
                    } else if (outcome == FormEntryController.ANSWER_REQUIRED_BUT_EMPTY) {
                        told = "required ";
                    }
                }
                if (tell) {
                    System.out.println(told + name);
                } else if (!told.equals("asked ") && !told.equals("shown ")) {
                    throw new IllegalStateException(told + name);
                }
            }
        }
    }

    static IAnswerData answer(FormEntryPrompt prompt, String text) {
        if (prompt.getControlType() == Constants.CONTROL_SELECT_ONE) {
            Selection chosen = choice(prompt, text);
            return chosen == null ? null : new SelectOneData(chosen);
        }
        if (prompt.getControlType() == Constants.CONTROL_SELECT_MULTI) {
            List<Selection> chosen = new ArrayList<>();
            for (String one : text.split(" ")) {
                chosen.add(choice(prompt, one));
            }
            return chosen.contains(null) ? null : new SelectMultiData(chosen);
        }
        IAnswerData type = AnswerDataFactory.templateByDataType(prompt.getDataType());
        return type == null ? new StringData(text) : type.cast(new UncastData(text));
    }

    static Selection choice(FormEntryPrompt prompt, String value) {
        for (SelectChoice one : prompt.getSelectChoices()) {
            if (one.getValue().equals(value)) {
                return one.selection();
            }
        }
        return null;
    }

    // --- the conversation ------------------------------------------------------------------------------

    static HttpURLConnection call(String method, String address, String token) throws IOException {
        HttpURLConnection call = (HttpURLConnection) new URL(address).openConnection();
        call.setRequestMethod(method);
        call.setInstanceFollowRedirects(false);
        call.setRequestProperty("X-OpenRosa-Version", "1.0");
        call.setRequestProperty("Date", java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME.format(
            java.time.ZonedDateTime.now(java.time.ZoneOffset.UTC)));
        if (!token.isEmpty()) {
            String pair = Base64.getEncoder().encodeToString(("phone:" + token).getBytes(StandardCharsets.UTF_8));
            call.setRequestProperty("Authorization", "Basic " + pair);
        }
        return call;
    }

    /** Asks without a password first; only a challenge for Basic is answered with one (OpenRosa Authentication API). */
    static byte[] get(String address, String token) throws Exception {
        HttpURLConnection first = call("GET", address, "");
        require(first.getResponseCode() == 401, "no challenge: " + first.getResponseCode());
        require(first.getHeaderField("WWW-Authenticate").startsWith("Basic "), "no challenge for Basic");
        HttpURLConnection call = call("GET", address, token);
        require(call.getResponseCode() == 200, address + ": " + call.getResponseCode());
        require("1.0".equals(call.getHeaderField("X-OpenRosa-Version")), "no OpenRosa server");
        return call.getInputStream().readAllBytes();
    }

    static void fetch(String server, String token, String form, Path out) throws Exception {
        Document list = read(get(server + "/formList?deviceID=collect%3Atest", token));
        require("http://openrosa.org/xforms/xformsList".equals(list.getDocumentElement().getNamespaceURI()), "no list");
        NodeList forms = list.getElementsByTagNameNS("*", "xform");
        for (int i = 0; i < forms.getLength(); i++) {
            Element one = (Element) forms.item(i);
            if (!form.equals(text(one, "formID"))) {
                continue;
            }
            byte[] data = get(text(one, "downloadUrl"), token);
            require(text(one, "hash").equals(md5(data)), "the form is not the one whose hash was stated");
            Files.write(out.resolve(form + ".xml"), data);
            Document manifest = read(get(text(one, "manifestUrl"), token));
            NodeList media = manifest.getElementsByTagNameNS("*", "mediaFile");
            for (int j = 0; j < media.getLength(); j++) {
                Element file = (Element) media.item(j);
                byte[] bytes = get(text(file, "downloadUrl"), token);
                require(text(file, "hash").equals(md5(bytes)), "a file is not the one whose hash was stated");
                Files.write(out.resolve(text(file, "filename")), bytes);
            }
            System.out.println("fetched " + form + " " + text(one, "version"));
            return;
        }
        throw new IllegalStateException("the list does not hold " + form);
    }

    static void send(String server, String token, File folder, String how) throws Exception {
        HttpURLConnection head = call("HEAD", server + "/submission?deviceID=collect%3Atest", token);
        require(head.getResponseCode() == 204, "HEAD: " + head.getResponseCode());
        require("1.0".equals(head.getHeaderField("X-OpenRosa-Version")), "no OpenRosa server");
        String address = head.getHeaderField("Location");
        List<File> files = new ArrayList<>(List.of(folder.listFiles(file -> !file.getName().equals("form.xml"))));
        files.sort(null);
        // One file a request, as if each were as large as the server advises: every request but the last says so.
        for (int i = 0; i == 0 || i < files.size(); i++) {
            boolean more = i + 1 < files.size();
            List<File> now = files.isEmpty() ? List.of() : List.of(files.get(i));
            byte[] body = body(new File(folder, "form.xml"), now, more);
            HttpURLConnection post = call("POST", address, token);
            post.setDoOutput(true);
            post.setRequestProperty("Content-Type", "multipart/form-data; boundary=" + BOUNDARY);
            if (how.equals("chunked")) {
                post.setChunkedStreamingMode(1000);
            } else {
                post.setFixedLengthStreamingMode(body.length);
            }
            try (OutputStream out = post.getOutputStream()) {
                int half = body.length / 2;
                out.write(body, 0, half);
                out.flush();
                if (how.equals("slow")) {
                    System.out.println("half of request " + (i + 1));
                    System.out.flush();
                    if (i == 1) {
                        Thread.sleep(60_000);
                    }
                }
                out.write(body, half, body.length - half);
            }
            int code = post.getResponseCode();
            InputStream said = code < 400 ? post.getInputStream() : post.getErrorStream();
            Document answer = read(said.readAllBytes());
            require("OpenRosaResponse".equals(answer.getDocumentElement().getLocalName()), "no OpenRosa answer");
            System.out.println(code + " " + answer.getDocumentElement().getTextContent().trim());
            require(code == 201 || code == 202, "not submitted");
        }
    }

    static final String BOUNDARY = "phone-client-7MA4YWxkTrZu0gW";

    static byte[] body(File form, List<File> files, boolean more) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        part(out, "xml_submission_file", form, "text/xml");
        for (File file : files) {
            part(out, file.getName(), file, "image/jpeg");
        }
        if (more) {
            String head = "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"*isIncomplete*\"\r\n\r\nyes\r\n";
            out.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        }
        out.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8));
        return out.toByteArray();
    }

    static void part(ByteArrayOutputStream out, String name, File file, String type) throws IOException {
        String head = "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\""
            + file.getName() + "\"\r\nContent-Type: " + type + "\r\n\r\n";
        out.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        out.writeBytes(Files.readAllBytes(file.toPath()));
        out.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
    }

    static Document read(byte[] data) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        return factory.newDocumentBuilder().parse(new java.io.ByteArrayInputStream(data));
    }

    static String text(Element within, String name) {
        return within.getElementsByTagNameNS("*", name).item(0).getTextContent();
    }

    static String md5(byte[] data) throws Exception {
        StringBuilder found = new StringBuilder("md5:");
        for (byte one : MessageDigest.getInstance("MD5").digest(data)) {
            found.append(String.format("%02x", one));
        }
        return found.toString();
    }

    static void require(boolean right, String what) {
        if (!right) {
            throw new IllegalStateException(what);
        }
    }
}
