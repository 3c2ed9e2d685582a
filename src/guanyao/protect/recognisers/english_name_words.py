"""English given names and surnames, and words that are written with a capital and are neither.

Facts of common knowledge, by hand; a name that is in no list is found by its surroundings.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GIVEN_NAMES = _words(
    """
    aaron abdul abigail abraham ada adam adele adrian adriana agnes ahmad ahmed aidan aisha akira
    alan albert alejandro alex alexa alexander alexandra alexis alfred ali alice alicia alison
    allan allen allison alma alvin alyssa amanda amber amelia amelie amir amit amy ana ananya
    anastasia andre andrea andreas andrew andy angel angela angelica angie anita ann anna anne
    annette annie anthony antonia antonio april archie ariana arjun arlene arnold arthur arturo
    asha ashley audrey austin ava barbara barry basil beatrice becky belinda ben benjamin
    bernadette bernard bernice bertha beth bethany betty beverly bill billie billy blake bob bobby
    bonnie brad bradley brandi brandon brandy brenda brendan brent brett brian brianna bridget
    brittany brooke bruce bryan caleb callum calvin cameron camille candace cara carl carla carlos
    carmen carol carole caroline carolyn carrie cassandra catherine cathy cecilia cedric celia
    chad charlene charles charlie charlotte chelsea cheryl chester chiara chidi chloe chris
    christian christie christina christine christopher christy cindy claire clara clarence claude
    claudia clayton clifford clinton clyde cody colin colleen connie connor constance corey cory
    courtney craig crystal curtis cynthia daisy dale damian damon dan dana daniel daniela danielle
    danny darius darlene darrell darren darryl daryl dave david dawn dean deanna debbie deborah
    debra declan deepak denise dennis derek derrick desmond diana diane diego dimitri dmitri
    dolores dominic don donald donna donovan dora doreen doris dorothy doug douglas duane dustin
    dwayne dwight dylan earl ed eddie edgar edith edmund edna eduardo edward edwin eileen elaine
    eleanor elena eli elias elijah elisa elizabeth ella ellen ellie elliott elsa elsie emily emma
    emmanuel enrique eric erica erik erika erin ernest esther ethan ethel eugene eunice eva evan
    evelyn faith fatima felicia felix fernando fiona florence floyd frances francesca francis
    francisco frank franklin fred freddie frederick gabriel gabriela gail gareth gary gavin gene
    geoffrey george georgia gerald gerard gertrude gilbert giles gina giovanni gladys glen glenn
    gloria gordon grace graham grant greg gregory gretchen guadalupe guy gwen gwendolyn hannah
    hans harold harriet harry harvey hassan hazel heather heidi helen helena helga henry herbert
    herman hilary hiroshi holly hope howard hugh hugo ian ibrahim ida imogen imran ingrid irene
    iris irma isaac isabel isabella isaiah ivan ivy jack jackie jackson jacob jacqueline jacques
    jade jaime jake james jamie jan jane janet janice jared jasmine jason javier jay jean jeanette
    jeanne jeff jeffery jeffrey jen jenna jennifer jenny jeremiah jeremy jerome jerry jesse
    jessica jessie jesus jill jim jimmy jo joan joann joanna joanne jocelyn jodi jody joe joel
    joey johanna john johnny jon jonathan jordan jorge jose joseph josephine joshua joy joyce juan
    juanita judith judy julia julian juliana julie juliet june justin kaitlyn karen karim karina
    karl karla kate katherine kathleen kathryn kathy katie katrina kay kayla keith kelly kelsey
    ken kendra kenji kenneth kenny kent kerry kevin khalid kim kimberly kirk klaus kristen kristin
    kristina kristine kumar kurt kwame kyle lance larry lars latoya laura lauren laurence laurie
    lawrence leah lee leila lena leo leon leonard leroy leslie lester leticia lewis liam lillian
    lily linda lindsay lindsey lisa liz lloyd logan lois lola lonnie loren lorena loretta lori
    lorraine louis louise lucas lucia lucille lucy luis luke lydia lynda lynn mabel mackenzie
    madeline madison maggie mahmoud malcolm mandy manuel marc marcia marco marcus margaret
    margarita maria mariam marian marianne marie marilyn mario marion marisa marjorie mark marlene
    marsha marshall martha martin marvin mary mason mateo matt matthew maureen maurice max maxine
    may megan mehmet mei melanie melinda melissa melody melvin mercedes meredith merle mia michael
    michele michelle miguel mike mildred miles milton mindy minnie miranda miriam misty mitchell
    mohamed mohammad mohammed molly mona monica monique morgan muhammad muriel myra myrtle nadia
    nancy naomi natalia natalie natasha nathan nathaniel neil nellie nelson ngozi niamh nicholas
    nick nicolas nicole nigel nikhil nina noah noel nora norma norman olga olive oliver olivia
    oluwaseun omar opal ophelia oscar otto owen pablo pam pamela pat patricia patrick patsy patti
    patty paul paula pauline pearl pedro peggy penelope penny percy perry peter phil philip
    phillip phoebe phyllis pierre pierrette preston priscilla priya rachael rachel rafael raj
    rajesh ralph ramon ramona randall randy raul ravi ray raymond rebecca regina reginald rene
    renee rhonda rhys ricardo richard rick ricky rita rob robert roberta roberto robin robyn
    rochelle roderick rodney roger roland ron ronald ronnie rosa rosalie rose rosemary rosie ross
    roxanne roy ruben ruby rudolph rudy rufus russell ruth ryan sabrina sadie sally salvador sam
    samantha samuel sandra sandy sanjay sara sarah saul scott sean sebastian sergei sergio seth
    shane shannon sharon shaun shawn sheila shelby shelley sherri sherry shirley sidney silvia
    simon siobhan sofia sonia sonya sophia sophie spencer stacey stacy stan stanley stefan stella
    stephanie stephen steve steven stewart stuart sue sunita surya susan susie suzanne sven
    svetlana sydney sylvia takeshi tamara tammy tamsin tanya tara tasha taylor ted terence teresa
    terrance terrence terri terry thelma theodore theresa thomas tiffany tim timothy tina todd tom
    tommy toni tony tonya tracey traci tracy travis trevor tricia troy tyler tyrone ursula valerie
    vanessa vera vernon veronica vicki vickie victor victoria vijay vikram vincent viola violet
    virgil virginia vivian wade wallace walter wanda warren wayne wei wendell wendy wesley whitney
    wilbur will willard william willie wilma winifred winston wolfgang xavier yasmin yolanda yuki
    yusuf yvette yvonne zachary zoe
    """
)
"""Given names, in small letters."""

WORDY_GIVEN_NAMES = _words(
    """
    amber angel angie april art ash august austin autumn basil bill blake bob brandy brooke carol
    chad chance charlotte chase chelsea christian clay cliff crystal daisy dale dallas dawn dean
    diego don drew earl faith florence frank franklin gene georgia ginger glen grace grant guy
    harry hazel heath heather holly hope iris ivy jack jackson jade jasmine jay jerry jesus jimmy
    joe jordan jose joy june kent lance lee lily lloyd madison marc mark marshall mason max may
    melody mercedes merle miles misty morgan nelson noel olive opal paris pat patty pearl penny
    perry pierre ray rich rob robin rose rosemary ross ruby russell rusty san sandy savannah
    sherry stewart sue summer sydney taylor troy victoria viola violet virginia wade warren will
    winston
    """
)
"""Given names that are words, drinks or places as well: a known surname must follow."""

SURNAMES = _words(
    """
    abbott abernathy abrams acosta adams adeyemi adkins aguilar ahmed alexander ali allen allison
    alvarado alvarez andersen anderson andrews anthony archer armstrong arnold arroyo ashworth
    atkins atkinson austin avery avila ayala bailey baker baldwin ball ballard banerjee banks
    barber barker barnes barnett barrera barrett barrios barron barry bartlett barton bass bates
    bauer beck becker bell beltran bender bennett benson bentley berg berger bernard berry bianchi
    bishop black blackburn blackwell blackwood blair blake blanchard bond booth bowen bowers
    bowman boyd boyle bradford bradley bradshaw brady brennan brewer bridges briggs brock brooks
    brown browne bruce bryant buchanan buck bullock burgess burke burnett burns burton bush butler
    byrd byrne cabrera calderon caldwell callahan camacho cameron campbell campos cannon cantu
    cardenas carey carlson carney carpenter carr carrillo carroll carson carter case casey
    castillo castro cervantes chambers chan chandler chang chapman charles chase chaudhry chavez
    chen cheng choi christensen chu chung church clark clarke clay clayton clements cline cobb
    cochran cohen cole coleman collier collins combs compton conley connor conrad contreras conway
    cook cooke cooper copeland cortez costa cox craig crane crawford cross cruz cummings
    cunningham curry curtis dalton daniel daniels daugherty davenport davidson davies davis dawson
    day dean decker delacroix delgado dennis desai diaz dickerson dickson dillon dixon dodson
    doherty dominguez donaldson donovan dorsey dougherty douglas downs doyle drake dubois dudley
    duffy duke dunbar duncan dunlap dunn duran durham dyer eaton edwards elliott ellis ellison
    emerson english erickson espinoza estes estrada evans everett ewing farley farmer farrell
    faulkner ferguson fernandez ferreira ferrell fields figueroa finley fischer fisher fitzgerald
    fitzpatrick fleming fletcher flores flowers floyd flynn foley forbes ford foreman foster
    fowler fox francis franco frank franklin frazier frederick freeman french frost frye fuentes
    fuller gaines gallagher gallegos galloway garcia gardner garner garrett garrison garza gates
    gentry george gibbs gibson gilbert giles gill gillespie gilmore glass glenn glover golden
    gomez gonzales gonzalez good goodman goodwin gordon gould graham grant graves gray green
    greene greer gregory griffin griffith grimes gross guerra guerrero gupta gutierrez guzman hale
    haley hall hamilton hammond hampton hancock hansen hanson hardin harding hardy hargreaves
    harmon harper harrell harrington harris harrison hart hartman harvey hastings hawkins hayden
    hayes haynes heath hebert henderson hendricks hendrix henry hensley henson herman hernandez
    herrera herring hess hester hickman hicks higgins hill hines hinton hobbs hodge hodges hoffman
    hoffmann hogan holcomb holden holder holland holloway holman holmes holt hood hooper hoover
    hopkins hopper horn horne horton house houston houten howard howe howell hubbard huber hudson
    huff huffman hughes hull humphrey hunt hunter hurley hurst hutchinson huynh ibarra ingram
    irwin ivanov ivanova iyer jackson jacobs jacobson james jarvis jefferson jenkins jennings
    jensen jimenez johansson johns johnson johnston jones jordan joseph joyce juarez kane kaufman
    keith keller kelley kelly kemp kennedy kent kerr khan kim king kirby kirk klein kline knapp
    knight knowles knox koch kowalski kramer kumar lamb lambert lancaster landry lane lang lara
    larsen larson lawrence lawson leach leblanc lee leon leonard lester levine levy lewis li lim
    lin lindqvist lindsey little liu livingston lloyd logan long lopez love lowe lowery lucas
    lucero luna lynch lynn lyons macdonald macias mack mackenzie macleod madden maddox mahoney
    maldonado malone mann manning marchetti marks marquez marsh marshall martin martinez mason
    massey mathews mathis matthews maxwell may mayer maynard mayo mays mcbride mccall mccarthy
    mccarty mcclain mcclure mcconnell mccormick mccoy mccullough mcdaniel mcdonald mcdowell
    mcfarland mcgee mcgrath mcguire mcintosh mcintyre mckay mckee mckenzie mckinney mcknight
    mclaughlin mclean mcmahon mcmillan mcneil mcpherson meadows medina mehta mejia melendez melton
    mendez mendoza mensah mercado mercer merritt meyer meyers michael middleton miles miller mills
    miranda mitchell molina monroe montgomery montoya moody moon moore mora morales moran moreau
    moreno morgan morris morrison morrow morse morton moses mosley moss mueller muller mullins
    munoz murphy murray myers nair nakamura nash navarro neal nelson newman newton nguyen nicholls
    nichols nicholson nielsen nixon noble nolan norman norris norton novak nunez o'brien o'connell
    o'connor o'donnell o'neill obrien ochoa oconnor odom okafor oliver olsen olson oneill orr
    ortega ortiz osborne owen owens pace pacheco padilla page palmer park parker parks parrish
    parsons patel patrick patterson patton paul payne pearce pearson peck pemberton pena perez
    perkins perry peters petersen peterson petrov petty phelps phillips pierce pineda pittman
    pitts pollard ponce poole pope porter potter potts powell powers pratt preston price prince
    proctor pruitt pugh quinn ramirez ramos ramsey randall randolph rangel rao rasmussen ray
    raymond reddy reed reese reeves reid reilly reyes reynolds rhodes rice rich richard richards
    richardson richmond riddle riggs riley rios rivas rivera rivers roach robbins roberson roberts
    robertson robinson robles rocha rodgers rodriguez rogers rojas rollins roman romero rosales
    rosario rose ross rossi roth rowe rowland roy rubio ruiz rush russell russo ryan salas salazar
    salinas sampson sanchez sanders sandoval sanford santana santiago santos saunders savage
    sawyer schmidt schmitt schneider schroeder schultz schwartz scott sellers serrano sexton
    shaffer shah shannon sharma sharp shaw shelton shepard shepherd sheppard sherman shields short
    silva simmons simon simpson sims singh singleton skinner slater sloan small smith snow snyder
    solis solomon soto sparks spears spence spencer stafford stanley stanton stark steele stein
    stephens stephenson stevens stevenson stewart stokes stone stout strickland strong stuart
    suarez sullivan summers sutton suzuki swanson sweeney sweet szymanski tanaka tang tanner tapia
    tate taylor terrell terry thistlewood thomas thompson thomson thornton todd torres townsend
    tran travis trevino trujillo tucker turner tyler tyson underwood valdez valencia valentine
    valenzuela van-houten vance vang vargas vasquez vaughan vaughn vazquez vega velasquez
    velazquez velez villa villanueva villarreal villegas vincent wade wagner walker wall wallace
    waller walls walsh walter walters walton wang ward ware warner warren washington waters
    watkins watson watts weaver webb weber webster weeks weiss welch wells west wheeler whitaker
    whitcombe white whitehead whitney wiggins wilcox wilder wiley wilkerson wilkins wilkinson
    williams williamson willis wilson winterbourne winters wise wolf wolfe wong wood woodard woods
    woodward wooten wright wu wyatt yamamoto yang yates yoder york young yu zamora zhang zhou
    zimmerman zuniga
    """
)
"""Surnames, in small letters."""

WORDY_SURNAMES = _words(
    """
    archer baker ball banks barber bishop black blackwell blair blake bond booth bridges brown bush
    butler camp cannon carpenter case chambers chan chase church clay cook cooke cross day dean duke
    english farley farmer fields fisher flowers ford foreman forbes foster fox franco frank french
    frost fuller garner gates gentry glass golden good grant graves gray green greene hall hardy
    harper heath hill holder holland hood hooper horn house hunter jordan joseph king knight lamb
    lane law lee li little long love lowe ma may meadows moody moon oliver page palmer park parks
    pierce pool poole pope porter potter potts powers price prince ray reed rice rich robin rose
    rush sage savage sawyer self sellers sharp shields short silva skinner slater small snow sparks
    stark steele stone stout strong summers sweet taylor temple tucker turner underwood valentine
    walker wall ward ware waters weeks wells west wheeler white wise wolf wood woods wright york
    young lim lin wang yang yu kim singleton miranda victoria francis jean mercer cotton
    """
)
"""Surnames that are words or places as well: a given name that is known must stand before."""

NOT_SURNAMES = _words(
    """
    per student teacher witness tenant beneficiary spouse member employee manager director signed
    account address africa african agent airport almond also am amazon america american an and
    apple april are as asia asian at august aunt australian ave avenue babies baby bakery bank bar
    bars bay be beach bean beans bears beef been beer ben's berries berry best big black-tea blend
    blue blvd bold boulevard brand brands brazilian bread bridge but butter by cafe cake canada
    canadian candy card cat cats cd center centre cereal chai cheese chef china chinese chips
    chocolate christmas church city classic co coffee cold college company cookie cookies corp
    corporation costco county court crackers cream cup customer customer's dad daniel's daniels'
    dark date day day's days dear decaf december did do doctor does dog dogs dr drive duncan-hines
    dvd earl's east easter eastern ebay eight email england english espresso europe european even
    farm farms father february first flour food foods for fort france french friday from fruit
    fruits general german germany good granola great greek green-tea grey gum gummi gummy had
    halloween has have hd he hello her here hi hills his honey hospital hot hotel house how i i'd
    i'll i'm i've ice id if ii iii in inc india indian institute invoice is island islands it
    italian italy item iv jam january japan japanese jelly jemima juice july june just k-cup
    k-cups kcup keurig kids king kitchen kitten lake lane last latte lemon light lime little llc
    love ltd march market markets may me mexican mexico milk mix mixes mom monday month mother
    mount mountain mountains museum my name natural new new-york next nice no north northern not
    november number nurse nut nuts oatmeal oats october of oh oil ok old on only or orange order
    organic original os our own pancake park pasta patient pc peanut pepper pet pets phone pie
    place please pm pod pods pork port president product products puppy queen rd reader really red
    regards restaurant review reviews rice river road roast rooibos rum russia russian saint salt
    san santa saturday sauce school second seed seeds september service she shop shrimp since
    sincerely single snack snacks so soda soup south southern spain spanish special spice spices
    st starbucks state station store stores street street's subject sugar sunday syrup target tea
    teas than thank thanks thanksgiving that the theater theatre their them then there these they
    third this those thursday to too tower treat treats tuesday tv u.s. uk uncle university us usa
    valley vanilla very vinegar vodka vs waffle walmart walnut was water we wednesday week were
    west western what when where which while whiskey who why wine with year yellow yes you your
    """
)
"""Words with a capital that no name ends with, or begins with."""

FAMOUS = _words(
    """
    aunt_jemima betty_crocker charles_spaniel duncan_hines earl_gray earl_grey fort_collins
    fort_worth general_mills gloria_jean graham_cracker hong_kong jack_daniel jack_daniels
    jack_russell jamaica_blue jasmine_green jasmine_tea marco_polo mary_jane paul_newman peter_pan
    red_rose rose_garden san_francisco santa_cruz scharffen_berger tim_horton tim_hortons tim_tam
    tim_tams trader_joe uncle_lee
    """
)
"""Brands, breeds and drinks that look like a name; its two words."""

NOT_PEOPLE = _words(
    """
    bronner butterworth butterworths dash fields goodbar leeper leepers meyer meyers peanut pepper
    renfro thunder wages
    """
)
"""Brands behind a title: Mrs. Dash."""

PINYIN_SURNAMES = _words(
    """
    bai cai cao chen cheng cui dai deng ding dong du duan fan fang feng fu gao gong gu guo han hao
    he hou hu huang jia jiang jin kang kong lai lei li liang liao lin liu long lu luo lv ma mao
    meng ouyang pan peng qian qiao qin qiu ren shao shen shi sima song su sun tan tang tian wan
    wang wei wen wu xia xiao xie xiong xu xue yan yang yao ye yi yin yu yuan zeng zhang zhao zheng
    zhong zhou zhu zhuge zou
    """
)
"""Chinese surnames in Latin letters."""

SYLLABLES = _words(
    """
    a ai an ang ao ba bai ban bang bao bei ben bi bian biao bin bing bo bu cai can cen chang chao
    chen cheng chi chong chu chuan chuang chun cong cui da dan dao de di dian ding dong du duo e
    en fan fang fei fen feng fu gang ge gen geng guan guang gui guo hai han hang hao he heng hong
    hua huai huan huang hui huo ji jia jian jiang jiao jie jin jing jiu ju juan jun kai kang ke
    kun lan lang le lei li lian liang lin ling liu long lu luan lun luo lv man mao mei meng mi
    miao min ming mo mu na nan ni nian ning nuo pei peng pin ping pu qi qian qiang qiao qin qing
    qiong qiu quan ran ren rong rou ru rui run ruo sen shan shang shao sheng shi shu shuai shuang
    shun si song su sui tai tan tao teng tian ting tong wan wei wen wu xi xia xian xiang xiao xin
    xing xiong xiu xu xuan xue xun ya yan yang yao ye yi yin ying yong you yu yuan yue yun ze zeng
    zhan zhang zhao zhe zhen zheng zhi zhong zhou zhu zhuo zi zong zu
    """
)
"""Syllables of Chinese given names in Latin letters."""

TITLES = _words(
    """
    mr mrs ms miss mx dr prof professor doctor nurse rev reverend judge officer captain capt sgt
    attorney madam
    """
)
"""Titles that stand before a name."""

RELATIVES = _words(
    """
    husband wife son daughter brother sister mother father friend neighbor neighbour colleague
    boss cousin uncle aunt nurse doctor manager boyfriend girlfriend fiance fiancee niece nephew
    """
)
"""Who is often told by name: my husband Mark."""

SAYS = _words(
    """
    is i am i'm name's named called dear hi hello hey thanks c/o for with to contact
    """
)
"""Last words of what announces a name: my name is."""

ORGANISATION_WORDS = _words(
    """
    association bank capital clinic co college company corp corporation foundation foods gmbh group
    holdings hospital inc insurance institute limited llc llp logistics ltd partners plc school
    software university
    """
)
"""Last words of what is no person behind a label such as "Name"."""
