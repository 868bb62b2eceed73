import { DurableObject } from "cloudflare:workers";

let lobby: DurableObjectStub<Room> | undefined;
const answers = new Map<string, Response>();

export class Room extends DurableObject<Env> {
  hello(): string {
    return "hello";
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    lobby ??= env.ROOM.getByName("lobby-eu"); // want "lobby outlives the event that made this stub"
    console.log(await lobby.hello());
    const known = answers.get(request.url);
    if (known) return known.clone();
    const answer = await fetch("https://example.com/list");
    answers.set(request.url, answer.clone()); // ok
    answers.set("last", answer); // want "answers outlives the event that made this response"
    return answer;
  },
} satisfies ExportedHandler<Env>;
