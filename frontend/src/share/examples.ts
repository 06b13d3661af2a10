/** How to call an app from outside, ready to paste. `origin` is where this installation answers. */
export function curlExample(origin: string, slug: string): string {
  return `curl ${origin}/v1/chat/completions \\
  -H "Authorization: Bearer $TREADLE_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${slug}", "messages": [{"role": "user", "content": "Hello"}]}'`;
}

export function pythonExample(origin: string, slug: string): string {
  return `from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key="YOUR_KEY")
stream = client.chat.completions.create(
    model="${slug}",
    messages=[{"role": "user", "content": "Hello"}],
    stream=True,
)
for chunk in stream:
    print(chunk.choices[0].delta.content or "", end="")`;
}
