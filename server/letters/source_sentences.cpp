#include "letters/reasons.h"

namespace breakwater::letters {
namespace {

// By the file that says them. A source is what the errors are about: "sie".
constexpr Sentence kSentences[] = {
    // sources/csv_rows.cpp, csv.cpp
    {"line {n1} has {n2} of the first line's {n3} columns; was it cut off?",
     "Zeile {1} hat {2} der {3} Spalten der ersten Zeile; wurde sie abgeschnitten?"},
    {"line {n1}, the last, ends with its address and has no line end; was it cut off? Whole, it ends with a "
     "line break",
     "Zeile {1}, die letzte, endet mit ihrer Adresse und ohne Zeilenende; wurde sie abgeschnitten? Ganz "
     "endet "
     "sie mit einem Zeilenumbruch"},
    {"line {n1}: the file is in UTF-16; save it as \"CSV UTF-8\", or turn it with iconv -f UTF-16 -t UTF-8",
     "Zeile {1}: Die Datei ist in UTF-16; speichern Sie sie als „CSV UTF-8“, oder wandeln Sie sie um mit "
     "iconv -f UTF-16 -t UTF-8"},
    {"line {n1}: a NUL byte is in it; is the file in UTF-16? Save it as \"CSV UTF-8\"",
     "Zeile {1} enthält ein NUL-Byte; ist die Datei in UTF-16? Speichern Sie sie als „CSV UTF-8“"},
    {"line {n1} has {n2} columns, the first line {n3}; is a comma in a name not quoted?",
     "Zeile {1} hat {2} Spalten, die erste Zeile {3}; steht ein Komma in einem Namen ohne "
     "Anführungszeichen?"},
    {"line {n1} names no column \"{s2}\"; put 'address_column' right",
     "Zeile {1} nennt keine Spalte „{2}“; berichtigen Sie 'address_column'"},
    {"line {n1} names no column \"{s2}\"; put 'name_column' right",
     "Zeile {1} nennt keine Spalte „{2}“; berichtigen Sie 'name_column'"},
    {"line {n1}: the line is longer than 8192 bytes; mend the line",
     "Zeile {1} ist länger als 8192 Bytes; berichtigen Sie sie"},
    {"line {n1}: text behind a closing quote; mend the line",
     "Zeile {1}: Text hinter einem schließenden Anführungszeichen; berichtigen Sie sie"},
    {"line {n1}: a quote is opened and not closed; mend the line",
     "Zeile {1}: Ein Anführungszeichen wird geöffnet und nicht geschlossen; berichtigen Sie sie"},
    {"line {n1} is neither an address nor a header with a column \"address\"; say which column it is",
     "Zeile {1} ist weder eine Adresse noch eine Kopfzeile mit einer Spalte „address“; nennen Sie die "
     "Spalte"},
    // sources/csv_file.cpp
    {"it is not a file", "Sie ist keine Datei"},
    {"it was written to while it was read; write a new file and rename it to this one",
     "Sie wurde geschrieben, während sie gelesen wurde; schreiben Sie eine neue Datei und benennen Sie sie "
     "in "
     "diese um"},
    {"it cannot be read: {s1}", "Sie kann nicht gelesen werden: „{1}“"},
    // sources/reading.cpp
    {"it has more than {n1} rows, the limit for a source; is it the right one?",
     "Sie hat mehr als {1} Zeilen, die Grenze für eine Quelle; ist es die richtige?"},
    {"it took more than {d1} s, the limit for a source, and had given {n2} rows by then",
     "Sie brauchte mehr als {1} s, die Grenze für eine Quelle, und hatte bis dahin {2} Zeilen geliefert"},
    {"it gave no address in {n1} rows (the first: {s2}); an empty source is taken for a broken one",
     "Sie nennt in {1} Zeilen keine Adresse (die erste: {2}); eine leere Quelle gilt als defekt"},
    {"it gave no address; an empty source is taken for a broken one",
     "Sie nennt keine Adresse; eine leere Quelle gilt als defekt"},
    {"the reading was stopped", "Das Lesen wurde abgebrochen"},
    {"none of its {n1} rows has a valid address; {s2}",
     "Keine ihrer {1} Zeilen hat eine gültige Adresse; {2}"},
    {"none of its {n1} rows has a valid address", "Keine ihrer {1} Zeilen hat eine gültige Adresse"},
    // sources/configured.cpp
    {"password file {s1} cannot be read: {s2}", "Die Passwortdatei {1} kann nicht gelesen werden: „{2}“"},
    {"password file {s1} is not a file", "Die Passwortdatei {1} ist keine Datei"},
    {"password file {s1} is open to everybody on this machine: {s2}",
     "Die Passwortdatei {1} ist für alle auf diesem Rechner lesbar: {2}"},
    {"password file {s1} has no password on its first line",
     "Die Passwortdatei {1} hat in der ersten Zeile kein Passwort"},
    // sources/ldap_search.cpp, ldap_session.cpp
    {"the URL names more than one server", "Die URL nennt mehr als einen Server"},
    {"bind_dn has no password", "Zu bind_dn fehlt das Passwort"},
    {"it would send the password in the clear; use ldaps:// or set start_tls = true",
     "Das Passwort ginge unverschlüsselt über das Netz; nehmen Sie ldaps:// oder start_tls = true"},
    {"the filter \"{s1}\" is malformed (RFC 4515)", "Der Filter „{1}“ ist fehlerhaft (RFC 4515)"},
    {"part of the answer is at {s1}, and referrals are not followed; name that server, narrow the base, or "
     "set "
     "referrals = \"skip\" if nobody is missed",
     "Ein Teil der Antwort liegt bei {1}, und Verweisen wird nicht gefolgt; nennen Sie diesen Server, wählen "
     "Sie "
     "eine engere base, oder setzen Sie referrals = \"skip\", wenn dabei niemand fehlt"},
    {"the URL is none of ldaps://host, ldap://host, ldapi://path",
     "Die URL ist keine der Formen ldaps://host, ldap://host, ldapi://path"},
    {"the search was not sent: {s1}", "Die Suche wurde nicht abgeschickt: „{1}“"},
    {"the search failed: {s1}", "Die Suche ist fehlgeschlagen: „{1}“"},
    {"StartTLS was refused: {s1}", "StartTLS wurde abgelehnt: „{1}“"},
    {"TLS failed: {s1}", "TLS ist fehlgeschlagen: „{1}“"},
    {"the bind was refused: {s1}", "Die Anmeldung (bind) wurde abgelehnt: „{1}“"},
    // sources/postgres_query.cpp, and LDAP's
    {"no connection: {s1}", "Keine Verbindung: „{1}“"},
    {"the connection broke off: {s1}", "Die Verbindung brach ab: „{1}“"},
    {"the connection is neither \"host=... dbname=...\" nor \"postgresql://...\"",
     "Die Verbindung (connection) ist weder \"host=... dbname=...\" noch \"postgresql://...\""},
    {"the query gives no rows; only SELECT does", "Die Abfrage liefert keine Zeilen; das tut nur SELECT"},
    {"the query gives no column", "Die Abfrage liefert keine Spalte"},
    {"the query took too long: {s1}", "Die Abfrage dauerte zu lange: „{1}“"},
    {"the query is refused: {s1}", "Die Abfrage wird abgelehnt: „{1}“"},
    {"the query failed: {s1}", "Die Abfrage ist fehlgeschlagen: „{1}“"},
    // sources/sqlite_query.cpp
    {"the query does more than read the file's tables; only SELECT can",
     "Die Abfrage tut mehr, als die Tabellen der Datei zu lesen; erlaubt ist nur SELECT"},
    {"the query is empty", "Die Abfrage ist leer"},
    {"the query is more than one statement", "Die Abfrage besteht aus mehreren Anweisungen"},
    {"it cannot be opened: another program holds it locked; try later",
     "Sie kann nicht geöffnet werden: Ein anderes Programm hat sie gesperrt; versuchen Sie es später"},
    {"it cannot be opened: it is no SQLite file",
     "Sie kann nicht geöffnet werden: Sie ist keine SQLite-Datei"},
    {"it cannot be opened: {s1}", "Sie kann nicht geöffnet werden: „{1}“"},
    {"row {n1} cannot be read: {s2}", "Zeile {1} kann nicht gelesen werden: „{2}“"},
    // sources/program.cpp
    {"its name is no absolute path", "Sein Name ist kein absoluter Pfad"},
    {"others than root and the server may write to it: {s1}",
     "Andere als root und der Server dürfen es ändern: {1}"},
    {"it cannot be started: {s1}", "Es kann nicht gestartet werden: „{1}“"},
    {"it printed more than {n1} bytes, the limit for a program",
     "Es gab mehr als {1} Bytes aus, die Grenze für ein Programm"},
    {"it failed with exit status {n1} and said: {s2}", "Es endete mit Status {1} und sagte: „{2}“"},
    {"it failed with exit status {n1}", "Es endete mit Status {1}"},
    {"it was ended by signal {n1} and said: {s2}", "Es wurde von Signal {1} beendet und sagte: „{2}“"},
    {"it was ended by signal {n1}", "Es wurde von Signal {1} beendet"},
    {"out of memory", "Zu wenig Speicher"},
    // lists/sync_plan.cpp
    {"{n1} row without a valid address is left out; {s2}",
     "{1} Zeile ohne gültige Adresse ist weggelassen; {2}"},
    {"{n1} rows without a valid address are left out; {s2}",
     "{1} Zeilen ohne gültige Adresse sind weggelassen; {2}"},
    {"rows without an address, left out: {n1}; the first at {s2}",
     "Zeilen ohne Adresse, weggelassen: {1}; die erste: {2}"},
    {"{n1} rows of the sources have no valid address, more than 1%",
     "{1} Zeilen der Quellen haben keine gültige Adresse, mehr als 1 %"},
    // daemon/sync.cpp
    {"what was held would add {n1} and remove {n2}; now it would add {n3} and remove {n4}: look at it, and "
     "confirm that",
     "Angehalten waren {1} Aufnahmen und {2} Austragungen; jetzt wären es {3} und {4}: Sehen Sie es an, und "
     "bestätigen Sie das"},
    // Which source it is: what each says of itself, before any of these.
    {"CSV file {s1}: {t2}", "CSV-Datei {1}: {2}"},
    {"SQLite file {s1}: {t2}", "SQLite-Datei {1}: {2}"},
    {"LDAP directory {s1}: {t2}", "LDAP-Verzeichnis {1}: {2}"},
    {"PostgreSQL database{s1}: {t2}", "PostgreSQL-Datenbank{1}: {2}"},
    {"program {s1}: {t2}", "Programm {1}: {2}"},
};

constexpr Sentence kTails[] = {
    {"; check bind_dn and its password", "; prüfen Sie bind_dn und das Passwort dazu"},
    {"; use ldaps:// or set start_tls = true", "; nehmen Sie ldaps:// oder start_tls = true"},
    {"; the base does not exist, or bind_dn may not see it",
     "; die base gibt es nicht, oder bind_dn darf sie nicht sehen"},
    {"; the server gives bind_dn no more: raise its limit there",
     "; mehr gibt der Server bind_dn nicht: Erhöhen Sie dort die Grenze"},
    {"; is the URL right, the server up, its certificate good?",
     "; stimmt die URL, läuft der Server, ist sein Zertifikat gültig?"},
    {"; does it exist, and may the server read it? (A file in WAL mode needs its -wal and -shm beside it "
     "readable "
     "too)",
     "; gibt es sie, und darf der Server sie lesen? (Eine Datei im WAL-Modus braucht daneben ihre -wal und "
     "-shm, "
     "ebenfalls lesbar)"},
};

}  // namespace

std::span<const Sentence> source_sentences() { return kSentences; }
std::span<const Sentence> source_tails() { return kTails; }

}  // namespace breakwater::letters
