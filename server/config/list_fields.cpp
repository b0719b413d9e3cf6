#include "config/checks.h"
#include "config/field_kinds.h"
#include "config/field_tables.h"
#include "lists/list.h"

namespace breakwater::config {
namespace {

using namespace kinds;
using lists::FanOut;
using lists::JoinPolicy;
using lists::LeavePolicy;
using lists::List;
using lists::Moderate;
using lists::PostPolicy;
using lists::ReplyPolicy;

// One key for two members: a policy, and the address where it is one.
Field reply_to() {
  Field field;
  field.key = "reply_to";
  field.most = 254;
  field.doc =
      "Where replies go: \"sender\" leaves Reply-To as it came, \"list\" sets it to the list, an address to "
      "that address.";
  field.shape = "\"sender\", \"list\" or an address";
  field.covers = 2;
  field.check = check_reply_to;
  field.store = [](void* owner, const Value& value) {
    auto& list = *static_cast<List*>(owner);
    const auto& text = std::get<std::string>(value);
    list.reply = text == "sender" ? ReplyPolicy::sender
                 : text == "list" ? ReplyPolicy::list
                                  : ReplyPolicy::address;
    list.reply_address = list.reply == ReplyPolicy::address ? text : "";
  };
  field.show = [](const void* owner) {
    const auto& list = *static_cast<const List*>(owner);
    if (list.reply == ReplyPolicy::address) return Value(list.reply_address);
    return Value(std::string(list.reply == ReplyPolicy::sender ? "sender" : "list"));
  };
  return field;
}

Field name() {
  Field field = shaped(text("name", &List::name, 50,
                            "The list's local part, of at most 29 characters. Members write to name@domain, "
                            "and to name-owner@, name-request@, "
                            "name-join@, name-leave@."),
                       "list name", check_list_name);
  field.default_text = "the file's name, without .toml";
  field.example = "\"tech\"";
  return field;
}

Field language() {
  Field field =
      shaped(text("language", &List::language, 12,
                  "The language of the letters that the server writes for the list: \"en\", \"de\", "
                  "or one that has a folder in `templates_dir`."),
             "language", check_language);
  field.default_text = "the server's `language`";
  field.example = "\"de\"";
  return field;
}

Field max_message_size() {
  Field field =
      size("max_message_size", &List::max_message_bytes, 1024, std::int64_t{1} << 30,
           "The largest message that the list takes. At most `message_size` of the server's [limits].");
  field.default_text = "the server's `message_size`";
  field.example = "\"10MiB\"";
  return field;
}

Field footer() {
  Field field = text(
      "footer", &List::footer, 4000,
      "Text put below each message, after an empty line; begin it with a line such as \"____\" to set it "
      "off. Plain text takes it in its own charset, or becomes UTF-8 where it is all ASCII; HTML and mail "
      "with alternatives get it as a part of their own. Signed and encrypted mail and mail that is no "
      "text goes out without it. Empty: the body stays untouched, byte for byte, and so do the DKIM "
      "signatures over it.");
  field.multiline = true;
  field.example = "\"tech@lists.example.org: what the technicians talk about\"";
  return field;
}

}  // namespace

Section list_section() {
  return section_of<List>(
      "list", Shape::list_file,
      "Each file lists/NAME.toml beside breakwater.toml is one list. Its settings stand here, its members in "
      "the "
      "database (`breakwater member add`, `breakwater member import`).",
      {name(),
       required(shaped(text("domain", &List::domain, 253, "The domain of the list's address."), "domain",
                       check_domain),
                "\"lists.example.org\""),
       with_sample(text("description", &List::description, 200,
                        "One line about the list; stands in List-Id and in listings."),
                   "\"What the technicians talk about\""),
       language(),
       required(shaped(texts("owners", &List::owners, 100,
                             "Who answers for the list: mail to name-owner@ goes to them."),
                       "addresses", check_address),
                "[\"ann@example.org\"]"),
       choice(
           "post", &List::post,
           {{"anyone", PostPolicy::anyone},
            {"members", PostPolicy::members},
            {"moderators", PostPolicy::moderators},
            {"nobody", PostPolicy::nobody}},
           "Who may post; others are refused at once. \"moderators\" are moderators and owners; \"nobody\" "
           "leaves `posters` only."),
       with_example(shaped(texts("posters", &List::posters, 1000, "May post whatever `post` says."),
                           "addresses", check_address),
                    R"(["robot@example.org"])"),
       choice("join", &List::join,
              {{"open", JoinPolicy::open},
               {"confirm", JoinPolicy::confirm},
               {"approve", JoinPolicy::approve},
               {"confirm_approve", JoinPolicy::confirm_approve},
               {"closed", JoinPolicy::closed}},
              "Who joins by asking (name-join@). \"open\": at once; \"confirm\": who answers a letter; "
              "\"approve\": whom a moderator approves; \"confirm_approve\": both; \"closed\": nobody. "
              "\"open\" and \"approve\" trust the sender's address, which anybody can write."),
       choice("leave", &List::leave, {{"free", LeavePolicy::free}, {"confirm", LeavePolicy::confirm}},
              "How members leave (name-leave@). \"free\": at once, and a letter says so; \"confirm\": by "
              "answering a letter. One click always leaves at once (RFC 8058)."),
       choice("moderate", &List::moderate,
              {{"nobody", Moderate::nobody},
               {"new", Moderate::newcomers},
               {"members", Moderate::members},
               {"everybody", Moderate::everybody}},
              "Whose messages a moderator looks at first. \"new\": of whom nothing has gone to the list yet. "
              "\"members\": all but `posters` and the moderators and owners who have logged in. What "
              "`breakwater "
              "member set` says of one member counts before it."),
       reply_to(),
       with_example(text("subject_prefix", &List::subject_prefix, 100,
                         "Stands before the subject of each copy, once, such as \"[tech] \". Empty: the "
                         "subject stays as it is."),
                    R"("[tech] ")"),
       footer(),
       with_example(shaped(text("archive_url", &List::archive_url, 500,
                                "Where past messages can be read (List-Archive)."),
                           "URL", check_web_url),
                    R"("https://lists.example.org/tech/")"),
       with_example(shaped(text("help_url", &List::help_url, 500,
                                "Where the list is explained (List-Help), besides name-request@."),
                           "URL", check_help_url),
                    R"("https://www.example.org/lists")"),
       max_message_size(),
       choice("delivery", &List::fan_out, {{"batch", FanOut::batch}, {"individual", FanOut::individual}},
              "\"batch\": many recipients in one transaction, which is far quicker. \"individual\": one "
              "each, so that "
              "every bounce names its member (VERP).")});
}

}  // namespace breakwater::config
