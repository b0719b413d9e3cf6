#include "letters/reasons.h"

namespace breakwater::letters {
namespace {

// By the file that says them. What begins alike stands with the longer one first.
constexpr Sentence kSentences[] = {
    // daemon/mail_orders.cpp
    {"nothing was done: {t1}", "Es wurde nichts getan: {1}"},
    {"confirmed: {t1}", "Bestätigt: {1}"},
    {"cancelled: nobody got your message", "Zurückgezogen: Niemand hat Ihre Nachricht bekommen"},
    {"the message does not wait for your confirmation any more",
     "Die Nachricht wartet nicht mehr auf Ihre Bestätigung"},
    {"a sender can confirm or cancel",
     "Wer eine Nachricht geschrieben hat, kann sie bestätigen (confirm) oder zurückziehen (cancel)"},
    {"no moderator any more", "Sie gehören nicht mehr zur Moderation"},
    {"this letter is about the list only", "In der E-Mail geht es nur um die Liste"},
    {"one message is rejected at a time: answer the letter that is about it",
     "Abgelehnt wird eine Nachricht nach der anderen: Antworten Sie auf die E-Mail, in der es um sie geht"},
    {"its author will ask why; write the reason behind the word or below it: \"reject: too long\"",
     "Wer sie geschrieben hat, wird fragen, warum; schreiben Sie den Grund hinter das Wort oder darunter: "
     "„reject: zu lang“"},
    {"the first line of your reply must be one of the words release and discard, alone, or reject and the "
     "reason",
     "Die erste Zeile Ihrer Antwort muss nur aus einem der Wörter release (freigeben) oder discard "
     "(verwerfen) "
     "bestehen, oder aus reject (ablehnen) und dem Grund"},
    {"the first line of your reply must be one of the words discard, release, freeze and thaw, alone",
     "Die erste Zeile Ihrer Antwort muss nur aus einem der Wörter discard (verwerfen), release (freigeben), "
     "freeze (anhalten) oder thaw (fortsetzen) bestehen"},
    {"the first line of your reply must be the word confirm, alone",
     "Die erste Zeile Ihrer Antwort muss nur aus dem Wort confirm (bestätigen) bestehen"},
    {"the first line of your reply must be one of the words thaw and freeze, alone",
     "Die erste Zeile Ihrer Antwort muss nur aus einem der Wörter thaw (fortsetzen) oder freeze (anhalten) "
     "bestehen"},
    // daemon/token_answer.h
    {"the first line of your reply must be one of the words confirm and cancel, alone",
     "Die erste Zeile Ihrer Antwort muss nur aus einem der Wörter confirm (bestätigen) oder cancel "
     "(zurückziehen) bestehen"},
    // daemon/rejudge.cpp
    {"it waits all the same, now for a moderator: {t1}",
     "Sie wartet trotzdem, jetzt auf die Moderation: {1}"},
    {"it waits all the same: {t1}", "Sie wartet trotzdem: {1}"},
    {"the message is on its way to {p1}", "Die Nachricht ist auf dem Weg zu {1}"},
    {"it goes only to the author of the message it answers: {t1}",
     "Sie geht nur an die Person, der sie antwortet: {1}"},
    {"the list {a1} has no file any more", "Die Liste {1} hat keine Datei mehr"},
    // daemon/hands.cpp
    {"there is no posting {s1}", "Eine Nachricht {1} gibt es nicht"},
    {"posting {s1} is not held any more: {t2}", "Die Nachricht {1} wird nicht mehr zurückgehalten: {2}"},
    {"released by {a1} by mail", "{1} hat sie freigegeben"},
    {"discarded by {a1} by mail", "{1} hat sie verworfen"},
    {"rejected by {a1} by mail", "{1} hat sie abgelehnt"},
    {"diverted by {a1} by mail", "{1} hat sie nur an die Person geschickt, der sie antwortet"},
    {"released by {s1}", "freigegeben von {1}"},
    {"discarded by {s1}", "verworfen von {1}"},
    {"rejected by {s1}", "abgelehnt von {1}"},
    {"posting {s1} is not held", "Die Nachricht {1} wird nicht zurückgehalten"},
    {"posting {s1} was held without its audience",
     "Die Nachricht {1} wurde ohne ihren Empfängerkreis zurückgehalten"},
    {"the list is frozen by {s1}: thaw it first",
     "Die Liste ist angehalten, von {1}: Lassen Sie sie zuerst weiterlaufen (thaw)"},
    {"not counted: somebody else must release what you wrote yourself",
     "Nicht gezählt: Was Sie selbst geschrieben haben, muss jemand anderes freigeben"},
    {"noted: {n1} of {n2} moderators have released posting {s3}",
     "Vermerkt: {1} von {2} aus der Moderation haben die Nachricht {3} freigegeben"},
    {"still held: {t1}; release it once more if that is right",
     "Weiter zurückgehalten: {1}; geben Sie sie noch einmal frei, wenn das so sein soll"},
    {"released, to {p1}", "Freigegeben, an {1}"},
    {"{p1} released, one after the other, to {p2} in all; there are more: give the order again",
     "{1} freigegeben, eine nach der anderen, an insgesamt {2}; es gibt weitere: Geben Sie den Befehl noch "
     "einmal"},
    {"{p1} released, one after the other, to {p2} in all",
     "{1} freigegeben, eine nach der anderen, an insgesamt {2}"},
    {"{t1}; {n2} wait for their senders, for a time, or for a word of their own: release those one by one",
     "{1}; {2} warten auf die, die sie geschrieben haben, auf eine Zeit oder auf ein eigenes Wort: Geben Sie "
     "diese einzeln frei"},
    {"{p1} discarded; there are more: give the order again",
     "{1} verworfen; es gibt weitere: Geben Sie den Befehl noch einmal"},
    {"{p1} discarded", "{1} verworfen"},
    {"rejected; {s1} is told why", "Abgelehnt; {1} erfährt den Grund"},
    {"rejected; its author is not told, since {s1} has been told of as many today as one address is",
     "Abgelehnt; {1} erfährt es nicht, denn diese Adresse hat heute schon so viele Ablehnungen bekommen, wie "
     "eine bekommt"},
    {"rejected; its author is not told, since nobody knows whether {s1} wrote it",
     "Abgelehnt; wer sie geschrieben hat, erfährt es nicht, denn niemand weiß, ob sie von {1} ist"},
    {"{p1} diverted to the author of what they answer; of {n2} that author is not known: still held",
     "{1} nur an die Person geschickt, der sie antworten; von {2} ist sie nicht bekannt: weiter "
     "zurückgehalten"},
    {"{p1} diverted to the author of what they answer", "{1} nur an die Person geschickt, der sie antworten"},
    {"{a1} is frozen: {p2} stopped, with {p3} not reached; what comes in is held",
     "{1} ist angehalten: {2} gestoppt, {3} noch nicht erreicht; was ankommt, wird zurückgehalten"},
    {"{a1} is thawed, fan-outs that go on: {n2}; {p3} still held: release or discard them",
     "{1} läuft weiter, auch Verteilungen, die gestoppt waren: {2}; noch zurückgehalten: {3}; geben Sie sie "
     "frei, oder verwerfen Sie sie"},
    {"{a1} is thawed, fan-outs that go on: {n2}",
     "{1} läuft weiter, auch Verteilungen, die gestoppt waren: {2}"},
    {"{a1} was not frozen; its breakers are closed; {p2} still held: release or discard them",
     "{1} war nicht angehalten; ihre Sicherungen sind wieder geschlossen; noch zurückgehalten: {2}; geben "
     "Sie "
     "sie frei, oder verwerfen Sie sie"},
    {"{a1} was not frozen; its breakers are closed",
     "{1} war nicht angehalten; ihre Sicherungen sind wieder geschlossen"},
    {"{a1} is confirmed with {p2}; {p3} held for that are judged again: they go out, or wait for their "
     "senders "
     "or a moderator",
     "{1} ist mit {2} bestätigt; deswegen zurückgehalten waren {3}: Sie werden neu beurteilt und gehen "
     "hinaus, "
     "oder warten auf eine Bestätigung oder die Moderation"},
    {"{a1} is confirmed with {p2}", "{1} ist mit {2} bestätigt"},
    {"that is not for a {s1} to do: ask an administrator",
     "Dafür reicht Ihre Rolle nicht: Bitten Sie die Administration darum"},
    // daemon/membership.cpp
    {"{a1} is not on {a2} and has not asked to join",
     "{1} ist nicht auf {2} und hat auch nicht darum gebeten, aufgenommen zu werden"},
    {"{a1} has been asked to confirm that they join {a2}",
     "{1} ist gebeten, den Beitritt zu {2} zu bestätigen"},
    {"{a1} waits for a moderator of {a2}", "{1} wartet auf die Moderation von {2}"},
    {"{a1} is invited to {a2}", "{1} ist zu {2} eingeladen"},
    {"{a1} is {s2} of {a3}: who is on the list is banned by somebody who may remove them: ask an owner",
     "{1} ist auf {3}: Wer auf der Liste ist, den sperrt nur, wer ihn auch austragen darf; bitten Sie die "
     "Eigentümer darum"},
    {"{a1} is {s2} of {a3}: nobody bans who has a higher role than they have",
     "{1} hat auf {3} eine höhere Rolle als Sie: Niemand sperrt, wer über ihm steht"},
    {"{a1} is an address by which people speak to this server: nobody is behind it who could be on a list",
     "{1} ist eine Adresse, über die man mit diesem Server spricht: Dahinter ist niemand, der auf einer "
     "Liste "
     "sein könnte"},
    {"{a1} is on {a2}, and has been asked to confirm that they leave",
     "{1} ist auf {2} und ist gebeten, den Austritt zu bestätigen"},
    {"{a1} is on {a2}", "{1} ist auf {2}"},
    {"{a1} is not banned from {a2}", "{1} ist für {2} nicht gesperrt"},
    {"{a1} may ask to join {a2} again", "{1} darf wieder um Aufnahme in {2} bitten"},
    {"{a1} is banned from {a2} (who is on the list already stays)",
     "{1} ist für {2} gesperrt (wer schon auf der Liste ist, bleibt)"},
    {"{a1} was banned before from {a2} (who is on the list already stays)",
     "{1} war für {2} schon gesperrt (wer schon auf der Liste ist, bleibt)"},
    {"{t1}; still its moderator, until that is taken from them too",
     "{1}, gehört aber weiter zur Moderation der Liste, bis auch das geändert wird"},
    {"{t1}; still its owner, until that is taken from them too",
     "{1}, gehört aber weiter zu den Eigentümern der Liste, bis auch das geändert wird"},
    {"{a1} is banned from {a2} and no member any more",
     "{1} ist für {2} gesperrt und nicht mehr auf der Liste"},
    {"{a1} was banned before from {a2} and no member any more",
     "{1} war für {2} schon gesperrt und ist nicht mehr auf der Liste"},
    {"{a1} is banned from {a2}; lift the ban first",
     "{1} ist für {2} gesperrt; heben Sie erst die Sperre auf"},
    {"{a1} is banned from {a2}", "{1} ist für {2} gesperrt"},
    {"{a1} was banned before from {a2}", "{1} war für {2} schon gesperrt"},
    {"{a1} has been sent as many letters today as one address gets ({n2} in 24 hours); try tomorrow",
     "{1} hat heute schon so viele E-Mails bekommen, wie eine Adresse bekommt ({2} in 24 Stunden); versuchen "
     "Sie es morgen"},
    {"{a1} was added to {a2}", "{1} wurde in {2} aufgenommen"},
    {"{a1} was removed from {a2}", "{1} wurde aus {2} ausgetragen"},
    {"the request of {a1} to join {a2} was ended", "Die Bitte von {1} um Aufnahme in {2} ist beendet"},
    {"that is not for a {s1} to do: ask an owner",
     "Dafür reicht Ihre Rolle nicht: Bitten Sie die Eigentümer darum"},
    // daemon/command_mail.cpp
    {"the request of {a1} to join {a2} was approved already by {s3}",
     "Die Bitte von {1} um Aufnahme in {2} ist schon angenommen, von {3}"},
    {"the request of {a1} to join {a2} was rejected already by {s3}",
     "Die Bitte von {1} um Aufnahme in {2} ist schon abgelehnt, von {3}"},
    // daemon/member_orders.cpp
    {"you may not order this any more", "Sie dürfen das nicht mehr anordnen"},
    // daemon/sync_orders.cpp, daemon/sync.cpp
    {"no owner any more", "Sie gehören nicht mehr zur Verwaltung der Liste"},
    {"the list has no sources any more", "Die Liste hat keine Quellen mehr"},
    {"it could not be tried in time", "Es konnte nicht rechtzeitig ausgeführt werden"},
    {"the list is in step with its sources since then",
     "Die Liste ist inzwischen auf dem Stand ihrer Quellen"},
    {"{a1} has dropped it", "{1} hat es verworfen"},
    {"{a1} has confirmed it already, and it is being carried out",
     "{1} hat es schon bestätigt, und es wird gerade ausgeführt"},
    {"dropped: the list stays as it is, until what its sources say is something else",
     "Verworfen: Die Liste bleibt, wie sie ist, bis ihre Quellen etwas anderes sagen"},
    {"an owner can confirm or cancel",
     "Die Verwaltung der Liste kann bestätigen (confirm) oder verwerfen (cancel)"},
    {"carried out: {n1} added, {n2} removed", "Ausgeführt: {1} aufgenommen, {2} ausgetragen"},
    {"what was held would add {n1} and remove {n2}; now it would add {n3} and remove {n4}: look at it, and "
     "confirm that",
     "Angehalten waren {1} Aufnahmen und {2} Austragungen; jetzt wären es {3} und {4}: Sehen Sie es an, und "
     "bestätigen Sie das"},
};

}  // namespace

std::span<const Sentence> outcome_sentences() { return kSentences; }

}  // namespace breakwater::letters
