// A real OpenID provider for the tests: `node openid.mjs PORT CALLBACK`. Who signs in as `ann+ml+staff`
// is ann, of the groups ml and staff; any password does.
import { Provider } from 'oidc-provider';

const [port, callback] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'neoai',
      client_secret: 'secret-of-the-tests',
      redirect_uris: [callback],
      grant_types: ['authorization_code'],
      response_types: ['code']
    }
  ],
  claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email'] },
  cookies: { keys: ['a key of the tests'] },
  features: { devInteractions: { enabled: true } },
  pkce: { required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => {
      const [name, ...groups] = id.split('+');
      return { sub: id, preferred_username: name, groups };
    }
  })
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
