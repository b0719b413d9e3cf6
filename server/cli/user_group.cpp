// `breakwater user`.
#include <boost/json/object.hpp>
#include <memory>

#include "cli/groups.h"
#include "cli/password.h"
#include "cli/question.h"

namespace breakwater::cli {
namespace {

struct Arguments {
  std::string login;
  bool json = false;
};

int put(const Context& context, const Arguments& arguments, const char* command, const char* said) {
  const auto password = read_password(arguments.login);
  if (!password) return fail(password.error());
  return ask_and_show(context, {{"command", command}, {"login", arguments.login}, {"password", *password}},
                      {.json = arguments.json, .closing = [said](const boost::json::object& answer) {
                         return shown(answer.at("login")) + ": " + said;
                       }});
}

}  // namespace

void add_user_group(const Command& app, const Context& context) {
  const Command group = app.group("user", "accounts that may submit mail: add, passwd, rm, ls");
  const auto arguments = std::make_shared<Arguments>();
  const auto command = [&](const char* name, const char* text, bool login, std::function<int()> run) {
    const Command one = group.add(name, text);
    if (login) one.option("LOGIN", arguments->login, "an address").required();
    one.flag("--json", arguments->json, "as JSON");
    one.runs(std::move(run));
  };
  command("add", "a new account; the password is asked for, or read from standard input", true,
          [&context, arguments] { return put(context, *arguments, "user.add", "added"); });
  command("passwd", "a new password, asked for or read from standard input", true,
          [&context, arguments] { return put(context, *arguments, "user.passwd", "password changed"); });
  command("rm", "remove an account", true, [&context, arguments] {
    return ask_and_show(context, {{"command", "user.rm"}, {"login", arguments->login}},
                        {.json = arguments->json, .closing = [](const boost::json::object& answer) {
                           return shown(answer.at("login")) + ": removed";
                         }});
  });
  command("ls", "all accounts", false, [&context, arguments] {
    return ask_and_show(context, {{"command", "user.ls"}},
                        {.json = arguments->json, .columns = {{"LOGIN", "login"}, {"CHANGED", "changed"}}});
  });
}

}  // namespace breakwater::cli
