// Who asks to be removed, and who only writes about it.
#include "storm/leave_request.h"

#include <gtest/gtest.h>

#include <string>

#include "storm/replies.h"
#include "storm/words.h"

namespace breakwater::storm {
namespace {

Facts reply(std::string body) {
  Facts facts;
  facts.subject = "Re: test";
  facts.in_reply_to = "<root@b.example>";
  facts.body = std::move(body);
  return facts;
}

Facts fresh(std::string subject, std::string body) {
  Facts facts;
  facts.subject = std::move(subject);
  facts.body = std::move(body);
  return facts;
}

TEST(AsksToLeave, InManyLanguages) {
  for (const char* text : {"Please remove me from this list",
                           "REMOVE ME!!!",
                           "Take me off this distribution list please",
                           "Unsubscribe",
                           "unsubscribe me",
                           "How do I unsubscribe?",
                           "how to unsubscribe",
                           "Pls unsubscribe thx",
                           "I don't know why I get this. Remove me.",
                           "Please unsubscribe",
                           "kindly remove my email address",
                           "Bitte entfernen Sie mich aus dem Verteiler",
                           "Bitte austragen!",
                           "Wie kann ich mich abmelden?",
                           "Nehmt mich hier raus",
                           "Merci de me retirer de cette liste",
                           "Désabonnez-moi",
                           "desabonnement svp",
                           "Por favor quítenme de esta lista",
                           "Quiero darme de baja",
                           "Por favor, me remova desta lista",
                           "Rimuovetemi da questa lista per favore",
                           "Verwijder mij van deze lijst aub",
                           "Uitschrijven graag",
                           "Ta bort mig från listan",
                           "Fjern mig fra listen",
                           "Vennligst fjern meg",
                           "Poistakaa minut listalta",
                           "Proszę usunąć mnie z tej listy",
                           "Prosím odhlaste mě",
                           "Töröljenek a listáról",
                           "Удалите меня из рассылки",
                           "Отпишите меня пожалуйста",
                           "Lütfen beni listeden çıkarın",
                           "Παρακαλώ αφαιρέστε με από τη λίστα",
                           "请把我移除",
                           "退订",
                           "配信停止をお願いします",
                           "구독 취소 부탁드립니다",
                           "הסירו אותי מהרשימה",
                           "أزلني من القائمة"}) {
    EXPECT_TRUE(asks_to_leave(reply(text))) << text << " = " << plain_words(text);
  }
}

TEST(AsksToLeave, WithASignatureBelow) {
  EXPECT_TRUE(
      asks_to_leave(reply("Hi all,\n\nplease remove me from this list.\n\nKind regards\nAnn Meyer\nHead of "
                          "Purchasing, Northern Region\nExample Trust, 1 High Street\nTel 01234 567890")));
}

TEST(AsksToLeave, BySubjectAlone) {
  EXPECT_TRUE(asks_to_leave(fresh("unsubscribe", "")));
  EXPECT_TRUE(asks_to_leave(fresh("[all] Please remove me", "Ann Meyer\nTel 01234")));
  EXPECT_TRUE(asks_to_leave(fresh("Abmelden", "")));
  EXPECT_FALSE(asks_to_leave(fresh("Re: unsubscribe", "It is on the page of the list.")));
  EXPECT_FALSE(asks_to_leave(fresh("Re: unsubscribe", "")));
}

TEST(AsksToLeave, NotWhoWritesAboutIt) {
  for (const char* text :
       {"", "Me too", "Stop replying to all!", "Why am I getting this?",
        "You can unsubscribe at https://lists.example/all", "The unsubscribe link is broken.",
        "Send a mail to all-request@b.example to be removed",
        "How do I unsubscribe from an observable in RxJS?",
        "unsubscribe() is never called when the view goes", "remove_me() returns NULL",
        "Please remove me as maintainer of the package", "The patch removes the list from the package.",
        "Abmeldung vom Server schlägt mit Fehler 53 fehl",
        "退订功能在第二版里坏了，点击之后页面报错，日志里什么也没有，有人知道是怎么回事吗，谢谢大家的帮助"}) {
    EXPECT_FALSE(asks_to_leave(reply(text))) << text << " = " << plain_words(text);
  }
  std::string letter = "To leave the session call the function and remove me from the table of users. ";
  for (int at = 0; at < 4; ++at) letter += letter;
  EXPECT_FALSE(asks_to_leave(reply(letter)));
}

TEST(IsReply, ByHeadersOrSubject) {
  for (const char* subject :
       {"Re: test", "RE : test", "AW: test", "Re[2]: test", "[all] Re: test", "Sv: test", "回复：test",
        "Fwd: Re: test", "Odp: x", "Automatic reply: test", "RE:test"}) {
    EXPECT_TRUE(is_reply(fresh(subject, ""))) << subject;
  }
  for (const char* subject : {"test", "Fwd: test", "WG: test", "Result: 5", "Reply needed: today", "[Re: x",
                              "", "Re", "Report: all fine", "R: which version?"}) {
    EXPECT_FALSE(is_reply(fresh(subject, ""))) << subject;
  }
  Facts facts = fresh("test", "");
  facts.references = {"<a@b.example>"};
  EXPECT_TRUE(is_reply(facts));
}

TEST(BareSubject, WithoutMarkersAndTags) {
  EXPECT_EQ(bare_subject("Re: [all] AW: Fwd: test: one"), "test: one");
  EXPECT_EQ(bare_subject("[all]"), "[all]");
  EXPECT_EQ(bare_subject("  x "), "x");
}

TEST(PlainWords, OneFormForAll) {
  EXPECT_EQ(plain_words("Désabonnez-moi, s'il vous plaît!"), " desabonnez moi sil vous plait ");
  EXPECT_EQ(plain_words("  "), " ");
  EXPECT_EQ(plain_words("请把我移除。谢谢！"), " 请把我移除 谢谢 ");
  EXPECT_EQ(plain_words("a\xFF"
                        "b"),
            " a b ");
}

TEST(CountWords, CharactersWhereWordsAreWrittenTogether) {
  EXPECT_EQ(count_words(plain_words("Please remove me.")), 3U);
  EXPECT_EQ(count_words(plain_words("请把我移除")), 3U);
  EXPECT_EQ(count_words(plain_words("구독 취소")), 2U);
  EXPECT_EQ(count_words(plain_words("")), 0U);
}

}  // namespace
}  // namespace breakwater::storm
