// What a page of the HTTP listener is asked, and what it answers.
#pragma once

#include <functional>
#include <string>

namespace breakwater::web {

struct HttpRequest {
  std::string method;  // "GET", "POST"
  std::string path;    // "/u/1abc", as it came: nothing is decoded
  std::string query;   // behind the first '?', as it came
  std::string content_type, body;
  std::string peer;  // address of the client
};

struct HttpAnswer {
  unsigned status = 200;  // RFC 9110 15
  std::string content_type, body;
  std::string allow{};  // of a 405: the methods (RFC 9110 10.2.1)
};

// One of the three. A page that answers takes GET, HEAD and POST and is asked for each, on the thread that
// may block; one that writes does so for GET and HEAD; a text is sent without asking anybody.
struct Page {
  std::string content_type;
  std::function<std::string()> write;
  std::string text;
  std::function<HttpAnswer(const HttpRequest&)> answer = nullptr;
};

}  // namespace breakwater::web
