#include "opponents/storm_phrases.h"

#include <array>

namespace breakwater::opponents {
namespace {

using Text = std::string_view;

constexpr auto kRemove = std::to_array<Text>({
    "Could you take my address off this list please?",
    "Off the list please.",
    "UNSUBSCRIBE ME",
    "I'd like to leave this group, can somebody do that for me?",
    "Delete me from your distribution please, this has nothing to do with my work.",
    "Hi, please drop my name from the mailing. Thank you so much!",
    "How can I get out of this group? There is no link anywhere.",
    "take me off",
    "Please do not include me in these any more.",
    "Whoever owns this list: I left that team two years ago, please update it and take me out.",
    "Bitte streichen Sie mich aus dem Verteiler, ich habe damit nichts zu tun.",
    "Abmelden bitte!",
    "Veuillez me désinscrire de cette liste de diffusion.",
    "Por favor, eliminen mi correo de esta lista.",
    "Per favore cancellatemi da questa lista",
    "Proszę o usunięcie mnie z tej listy.",
    "Graag van deze lijst verwijderen.",
    "请把我从这个邮件列表中删除，谢谢。",
    "このメーリングリストから外してください。",
});
constexpr auto kWhy = std::to_array<Text>({
    "Why has this come to me?",
    "Did I get this by mistake? I have never heard of this list.",
    "Sorry, who are you and what is this for?",
    "Is it only me or does everybody get these?",
    "What am I supposed to do with this message?",
    "I believe you want a different person with my name, we are not even in that building.",
    "??",
    "Has my account been hacked? I keep getting replies to something that I never sent.",
    "No idea what this refers to. Please explain.",
    "Warum bekomme ich das alles?",
    "Pourquoi est-ce que je reçois tous ces messages ?",
    "¿Por qué me llega esto a mí?",
    "Dlaczego to dostaję?",
    "Почему мне приходят эти письма?",
    "これは何のメールでしょうか。",
    "我为什么会收到这封邮件？",
});
constexpr auto kStop = std::to_array<Text>({
    "Can we all please stop using the reply-all button?",
    "PEOPLE. STOP. ANSWERING. TO. EVERYBODY.",
    "Each answer goes to the entire organisation, please just delete the mail and move on.",
    "Please no more replies, my mailbox is nearly full.",
    "If you want off the list do not write to all of us, we cannot help you either.",
    "Enough now!",
    "Stop it. I have had forty of these since breakfast and I am trying to run a clinic.",
    "Dear all, by telling everyone not to reply to all you reply to all. Please stop.",
    "Hört bitte auf, allen zu antworten!",
    "Merci d'arrêter de répondre à tous.",
    "Dejen de responder a todos, por favor.",
    "Smettetela di rispondere a tutti!",
    "Proszę nie odpowiadać wszystkim.",
    "Stop met allen beantwoorden aub",
    "Хватит отвечать всем!",
    "请不要再回复全部了！",
    "全員に返信するのはやめてください。",
});
constexpr auto kJoke = std::to_array<Text>({
    "Me three.",
    "Is there cake at least?",
    "Greetings from the basement, nobody ever writes to us :-)",
    "Since we are all here, does anybody have a spare charger?",
    "*gets popcorn*",
    "I can see my name in the history books already",
    "Reply all to this if you want to be removed ;)",
    "+1 from the night shift",
    "haha",
    "For sale: one keyboard, the reply-all key is worn out",
    "First time I feel connected to the whole company.",
    "Ich grüße meine Mama!",
    "Bonjour à tous depuis Lyon !",
    "草",
});
constexpr auto kAutomatic = std::to_array<Text>({
    "I am away until next Monday and will read your message when I am back.",
    "Thank you for writing to us. Your message has been received and will be answered within five working "
    "days.",
    "I have left the organisation. Please write to the front desk instead.",
    "This address is not read by anybody.",
    "Your message\n\nTo: All\nSubject: test\n\nwas read today.",
    "Ich bin bis zum 28. nicht erreichbar. Ihre Nachricht wird nicht weitergeleitet.",
    "Je suis absente jusqu'au 3. En cas d'urgence, appelez le standard.",
    "Estoy de vacaciones y no tengo acceso a mi correo.",
    "休暇のため、来週月曜日まで不在にしております。",
});
constexpr auto kWork = std::to_array<Text>({
    "My mistake, everyone: the test should have gone to three people. Nothing to do for you, and sorry.",
    "The messaging team knows about this and is looking for the owner of the list. No answer is needed.",
    "I have called the help desk, they have a ticket for it and will take the list down within the hour.",
    "Der Verteiler ist bekannt und wird gerade abgeschaltet. Bitte einfach löschen.",
});
constexpr auto kSignatures = std::to_array<Text>({
    "Best\nMaria",
    "Kind wishes,\nT. Placeholder\nWard manager\nGeneral Infirmary, Anytown\next. 5550",
    "Sent from my phone",
    "Mit freundlichen Grüßen\n\nErika Muster\nAbteilung Beispiel\nTel. 0555 0100",
    "Cordialement,\nCamille Exemple",
    "--\nSam Nobody | Accounts | Room 101\nThis message and any files with it are confidential and meant for "
    "the person they are addressed to. If that is not you, please tell the sender and delete it.",
    "Cheers, Al",
});
constexpr auto kFreshSubjects = std::to_array<Text>({
    "Reply to all",
    "Please read before you answer",
    "this list",
    "Stop this now",
    "Your emails",
    "Bitte aufhören",
    "What is going on?",
    "Take me off",
    "Désinscription",
});
constexpr auto kReplyMarkers =
    std::to_array<Text>({"Re: ", "RE: ", "Re: ", "AW: ", "RE: ", "Réf : ", "SV: "});
constexpr auto kAutomaticMarkers = std::to_array<Text>({
    "Automatic reply: ",
    "Out of office: ",
    "Abwesenheit: ",
    "Read: ",
});

}  // namespace

std::span<const Text> storm_phrases(StormVoice voice) {
  switch (voice) {
    case StormVoice::remove: return kRemove;
    case StormVoice::why: return kWhy;
    case StormVoice::stop: return kStop;
    case StormVoice::joke: return kJoke;
    case StormVoice::automatic: return kAutomatic;
    case StormVoice::work: return kWork;
  }
  return kWork;
}

std::span<const Text> storm_signatures() { return kSignatures; }
std::span<const Text> storm_fresh_subjects() { return kFreshSubjects; }
std::span<const Text> storm_reply_markers() { return kReplyMarkers; }
std::span<const Text> storm_automatic_markers() { return kAutomaticMarkers; }

}  // namespace breakwater::opponents
