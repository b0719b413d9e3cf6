#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "cli/groups.h"
#include "cli/print.h"
#include "mail/bounce_parse.h"

namespace breakwater::cli {
namespace {

// The parser looks at no more than this.
constexpr std::size_t kMostBytes = 4 * 1024 * 1024;

Result<std::string> read_message(const std::string& name) {
  const bool standard_input = name == "-";
  std::FILE* file = standard_input ? stdin : std::fopen(name.c_str(), "rb");
  if (file == nullptr) return error(Fault::unavailable, name + ": " + std::strerror(errno));
  std::string bytes(kMostBytes, '\0');
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
  const bool broken = std::ferror(file) != 0;
  const int why = errno;
  if (!standard_input) std::fclose(file);
  if (broken) return error(Fault::unavailable, name + ": " + std::strerror(why));
  return bytes;
}

int parse_files(const std::vector<std::string>& files) {
  int status = 0;
  for (const std::string& name : files) {
    const auto message = read_message(name);
    if (!message) {
      status = fail(message.error());
      continue;
    }
    boost::json::array recipients;
    for (const auto& one : mail::parse_bounce(*message)) {
      boost::json::object row{{"address", one.address}, {"permanent", nullptr}, {"status", one.status}};
      if (one.permanent) row["permanent"] = *one.permanent;
      recipients.push_back(std::move(row));
    }
    print_json({{"file", name}, {"recipients", std::move(recipients)}});
  }
  return status;
}

}  // namespace

void add_bounce_group(const Command& app) {
  const Command bounce = app.group("bounce", "what the server reads from bounces; needs no server");
  const Command parse =
      bounce.add("parse", "whom a bounce says it could not reach: a line of JSON a message");
  const auto files = std::make_shared<std::vector<std::string>>();
  parse.option("FILE", *files, "a message each; - is the standard input").required();
  parse.runs([files] { return parse_files(*files); });
}

}  // namespace breakwater::cli
